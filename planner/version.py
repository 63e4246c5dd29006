"""The program's version, kept in one place."""

VERSION = "0.1.0"
