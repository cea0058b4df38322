"""The system organ classes of CTCAE v5.0, named one by one so that each can be said in another language."""

from __future__ import annotations

from typing import Final

from protocol.words import N_

SYSTEM_ORGAN_CLASSES: Final = (
    N_("Blood and lymphatic system disorders"),
    N_("Cardiac disorders"),
    N_("Congenital, familial and genetic disorders"),
    N_("Ear and labyrinth disorders"),
    N_("Endocrine disorders"),
    N_("Eye disorders"),
    N_("Gastrointestinal disorders"),
    N_("General disorders and administration site conditions"),
    N_("Hepatobiliary disorders"),
    N_("Immune system disorders"),
    N_("Infections and infestations"),
    N_("Injury, poisoning and procedural complications"),
    N_("Investigations"),
    N_("Metabolism and nutrition disorders"),
    N_("Musculoskeletal and connective tissue disorders"),
    N_("Neoplasms benign, malignant and unspecified (incl cysts and polyps)"),
    N_("Nervous system disorders"),
    N_("Pregnancy, puerperium and perinatal conditions"),
    N_("Psychiatric disorders"),
    N_("Renal and urinary disorders"),
    N_("Reproductive system and breast disorders"),
    N_("Respiratory, thoracic and mediastinal disorders"),
    N_("Skin and subcutaneous tissue disorders"),
    N_("Social circumstances"),
    N_("Surgical and medical procedures"),
    N_("Vascular disorders"),
)
