"""The groups of the Classification of Instructional Programs: the first two digits of a field's code.

Source: United States Department of Education, National Center for Education Statistics, CIP 2010; public domain.
"""

from collections.abc import Mapping
from typing import Final

GROUPS: Final[Mapping[str, str]] = {
    "01": "Agriculture, agriculture operations and related sciences",
    "03": "Natural resources and conservation",
    "04": "Architecture and related services",
    "05": "Area, ethnic, cultural, gender and group studies",
    "09": "Communication, journalism and related programs",
    "10": "Communications technologies and support services",
    "11": "Computer and information sciences and support services",
    "12": "Personal and culinary services",
    "13": "Education",
    "14": "Engineering",
    "15": "Engineering technologies",
    "16": "Foreign languages, literatures and linguistics",
    "19": "Family and consumer sciences",
    "22": "Legal professions and studies",
    "23": "English language and literature",
    "24": "Liberal arts and sciences, general studies and humanities",
    "25": "Library science",
    "26": "Biological and biomedical sciences",
    "27": "Mathematics and statistics",
    "28": "Military science, leadership and operational art",
    "29": "Military technologies and applied sciences",
    "30": "Multi- and interdisciplinary studies",
    "31": "Parks, recreation, leisure and fitness studies",
    "32": "Basic skills and developmental education",
    "33": "Citizenship activities",
    "34": "Health-related knowledge and skills",
    "35": "Interpersonal and social skills",
    "36": "Leisure and recreational activities",
    "37": "Personal awareness and self-improvement",
    "38": "Philosophy and religious studies",
    "39": "Theology and religious vocations",
    "40": "Physical sciences",
    "41": "Science technologies",
    "42": "Psychology",
    "43": "Homeland security, law enforcement and firefighting",
    "44": "Public administration and social service professions",
    "45": "Social sciences",
    "46": "Construction trades",
    "47": "Mechanic and repair technologies",
    "48": "Precision production",
    "49": "Transportation and materials moving",
    "50": "Visual and performing arts",
    "51": "Health professions and related programs",
    "52": "Business, management, marketing and related support services",
    "53": "High school diplomas and certificates",
    "54": "History",
}


def group_of(field_code: str) -> str:
    """The group that a field of study belongs to."""
    return field_code[:2]


def title_of(group: str) -> str:
    """The group's title; a group that the classification lacks is named by its number."""
    return GROUPS.get(group, f"Fields of study {group}")
