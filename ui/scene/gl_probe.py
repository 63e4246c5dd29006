"""Says which OpenGL draws, one `name<tab>value` a line; run in a child process, because a broken driver ends its process."""

import sys


def main() -> int:
    """Render one off-screen frame and print vendor, renderer and version; 0 when it worked."""
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers the OpenGL classes
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetSize(16, 16)
    window.AddRenderer(vtkRenderer())
    window.Render()
    told = [line.split(":", 1) for line in window.ReportCapabilities().splitlines() if line.startswith("OpenGL ") and ":" in line]
    capabilities = {name.removeprefix("OpenGL ").removesuffix(" string"): value.strip() for name, value in told}
    print(f"window\t{window.GetClassName()}")
    for name in ("vendor", "renderer", "version"):
        if name in capabilities:
            print(f"{name}\t{capabilities[name]}")
    window.Finalize()
    return 0 if "renderer" in capabilities else 1


if __name__ == "__main__":
    sys.exit(main())
