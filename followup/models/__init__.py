"""What follow-up keeps beside the casebook: signs of relapse and deviations that follow from the record."""

from followup.models.safety import Deviation, RelapseSign

CLASSES = {"Deviation": "action-only", "RelapseSign": "action-only"}

__all__ = ["CLASSES", "Deviation", "RelapseSign"]
