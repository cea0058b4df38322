"""HCC: diagnosis, staging and risk factors of the liver cancer."""

from __future__ import annotations

from typing import Final

from protocol import codelists
from protocol.crfs.questions import TRIAL_RECORD, free_text, if_yes, measured, partial_day, yes_no
from protocol.language import Choice, Crf, Derived, MultiChoice, Section
from protocol.words import N_

_DIAGNOSIS: Final = Section(
    N_("Diagnosis"),
    (
        partial_day("HCC", "diagnosed_on", N_("Date of diagnosis"), source=TRIAL_RECORD),
        measured(
            "HCC",
            "age_at_diagnosis",
            N_("Age at diagnosis"),
            plausible=("15", "100"),
            units=(N_("years"),),
            decimals=0,
            required=False,
            help=N_("Only where the date of birth or of diagnosis is not known."),
            source="CDISC DM",
        ),
        yes_no(
            "hcc_diagnosis",
            N_("Hepatocellular carcinoma is diagnosed"),
            help=N_("Clinically (imaging and aetiology) or by pathology; a biopsy is not required."),
            source=TRIAL_RECORD,
        ),
        Choice(
            name="basis",
            title=N_("Basis of the diagnosis"),
            codes=codelists.DIAGNOSIS_BASIS,
            shown_when=if_yes("hcc_diagnosis"),
            source=TRIAL_RECORD,
        ),
    ),
)

_LIVER: Final = Section(
    N_("Liver disease and risk factors"),
    (
        MultiChoice(
            name="aetiology",
            title=N_("Aetiology"),
            codes=codelists.AETIOLOGY,
            required=False,
            source="BCLC strategy, 2022 edition",
        ),
        yes_no("cirrhosis", N_("Cirrhosis"), source="BCLC strategy, 2022 edition"),
        yes_no("hbsag", N_("HBs antigen positive"), source="Trial list, edition 1"),
        yes_no("hbeag", N_("HBe antigen positive"), required=False, source="Trial list, edition 1"),
        yes_no("hbcab", N_("HBc antibody positive"), required=False, source="Trial list, edition 1"),
        yes_no("hcv_antibody", N_("HCV antibody positive"), source="Trial list, edition 1"),
        measured(
            "HCC",
            "hbv_dna",
            N_("HBV DNA at screening"),
            units=("IU/mL",),
            comparators=True,
            required=False,
            shown_when=if_yes("hbsag"),
            help=N_("As reported, with < where it is below the limit of detection."),
            source="China Liver Cancer guideline, 2022 edition",
        ),
        partial_day(
            "HCC",
            "hbv_dna_on",
            N_("Date of this sample"),
            required=False,
            shown_when=if_yes("hbsag"),
            source="China Liver Cancer guideline, 2022 edition",
        ),
        yes_no(
            "antiviral",
            N_("Antiviral treatment at screening"),
            required=False,
            shown_when=if_yes("hbsag"),
            help=N_("Each drug is a line of “Concomitant medication”."),
            source="China Liver Cancer guideline, 2022 edition",
        ),
        yes_no("alcohol", N_("Alcohol use, now or earlier"), required=False, source="Trial list, edition 1"),
        measured(
            "HCC",
            "alcohol_per_day",
            N_("Alcohol per day"),
            plausible=("0", "600"),
            units=("g",),
            required=False,
            source="Trial list, edition 1",
        ),
        yes_no("smoking", N_("Smoking, now or earlier"), required=False, source="Trial list, edition 1"),
        measured(
            "HCC",
            "pack_years",
            N_("Pack-years"),
            plausible=("0", "200"),
            required=False,
            source="Trial list, edition 1",
        ),
        yes_no("endemic", N_("Lived where hepatitis is endemic"), required=False, source="Trial list, edition 1"),
        yes_no("masld", N_("Steatohepatitis"), required=False, source="Trial list, edition 1"),
        yes_no("haemochromatosis", N_("Haemochromatosis"), required=False, source="Trial list, edition 1"),
        yes_no("diabetes", N_("Diabetes"), required=False, source="Trial list, edition 1"),
        yes_no("obesity", N_("Obesity"), required=False, source="Trial list, edition 1"),
        yes_no("hypertension", N_("Arterial hypertension"), required=False, source="Trial list, edition 1"),
        yes_no(
            "renal_insufficiency", N_("Chronic renal insufficiency"), required=False, source="Trial list, edition 1"
        ),
        yes_no("varices", N_("Oesophageal varices"), required=False, source="Trial list, edition 1"),
        yes_no("splenomegaly", N_("Splenomegaly"), required=False, source="Trial list, edition 1"),
        yes_no("portal_hypertension", N_("Portal hypertension"), required=False, source="Trial list, edition 1"),
    ),
)

_TUMOUR: Final = Section(
    N_("Tumour at initial staging"),
    (
        measured(
            "HCC",
            "tumour_count",
            N_("Number of tumours"),
            plausible=("1", "50"),
            decimals=0,
            comparators=True,
            help=N_("Write >=5 where the source says five or more."),
            source="BCLC strategy, 2022 edition",
        ),
        measured(
            "HCC",
            "largest_diameter",
            N_("Largest diameter"),
            plausible=("3", "300"),
            units=("mm", "cm"),
            source="BCLC strategy, 2022 edition",
        ),
        yes_no(
            "macrovascular_invasion",
            N_("Macrovascular invasion"),
            help=N_("A tumour thrombus of the portal or hepatic veins; it does not exclude."),
            source=TRIAL_RECORD,
        ),
        yes_no("hallmark", N_("Typical imaging hallmark"), required=False, source="LI-RADS v2018"),
        yes_no("symptoms", N_("Symptoms at diagnosis"), required=False, source="Trial list, edition 1"),
        Choice(
            name="bclc",
            title=N_("BCLC stage"),
            codes=codelists.BCLC,
            required=False,
            source="BCLC strategy, 2022 edition",
        ),
        Derived(
            name="bclc_suggested",
            title=N_("BCLC stage suggested by the data"),
            derivation="bclc_suggested",
            help=N_("A suggestion only; the investigator's stage counts."),
            source="BCLC strategy, 2022 edition",
        ),
        Choice(
            name="cnlc",
            title=N_("CNLC stage"),
            codes=codelists.CNLC,
            required=False,
            source="China Liver Cancer staging, 2022 edition",
        ),
    ),
)

_SPREAD: Final = Section(
    N_("Spread outside the liver"),
    (
        yes_no(
            "metastasis_initial",
            N_("Metastasis outside the liver at initial staging"),
            help=N_("Lymph nodes, lung, bone or another site."),
            source=TRIAL_RECORD,
        ),
        free_text(
            "HCC",
            "metastasis_sites",
            N_("Sites of metastasis"),
            shown_when=if_yes("metastasis_initial"),
            required=False,
            source=TRIAL_RECORD,
        ),
        yes_no(
            "metastasis_screening",
            N_("Metastasis outside the liver at screening"),
            help=N_("Including chest CT."),
            source=TRIAL_RECORD,
        ),
        measured(
            "HCC",
            "node_short_axis",
            N_("Short axis of the largest regional lymph node"),
            plausible=("2", "100"),
            units=("mm",),
            required=False,
            help=N_("Leave empty when no node is seen."),
            source="mRECIST, Lencioni and Llovet 2010",
        ),
        Choice(
            name="node_site",
            title=N_("Site of this lymph node"),
            codes=codelists.NODE_SITE,
            required=False,
            source="mRECIST, Lencioni and Llovet 2010",
        ),
    ),
)

DIAGNOSIS: Final = Crf(
    code="HCC",
    title=N_("HCC diagnosis and staging"),
    source="NCT05349331, eligibility; BCLC strategy, 2022 edition",
    critical=True,
    sections=(_DIAGNOSIS, _LIVER, _TUMOUR, _SPREAD),
)
