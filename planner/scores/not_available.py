"""Scores a reader may miss here, and why they are not computed (docs/clinical.md A.13)."""

NOT_AVAILABLE: tuple[tuple[str, str], ...] = (
    ("Ellis 2017", "Items are known in part; exact items and weights could not be verified."),
    ("W-CTO (Khanna 2018)", "Regression weights are published, integer points could not be verified."),
    ("E-CTO", "No publication of this score was found."),
    ("CTo-aBCDE (Lisbon 2020)", "The score exists; its points could not be verified."),
    ("Modified CT J-CTO (Yin 2020)", "The score exists; its weights could not be verified."),
    ("Roller CT score (2016)", "The score exists; its items could not be verified."),
    ("JR-CTO", "A retrograde score with modest external performance; its points could not be verified."),
    ("J-Channel", "Collateral channel score; its points could not be verified. The grade can be stated as a fact."),
    ("Artery-specific J-CTO (2024)", "Did not improve on J-CTO in 7,043 lesions; its points could not be verified."),
    ("CT plaque quantification (Xing 2022)", "Proposed addition to CT-RECTOR and KCCT; its values could not be verified."),
    ("Machine-learning models", "No published weights that can be reproduced."),
    ("INVEST-CTO high-risk flag", "The anatomical inclusion list of the trial was not found."),
)
