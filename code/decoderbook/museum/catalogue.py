"""All exhibits, room by room, and their numbers."""

from decoderbook.museum.exhibit import Exhibit
from decoderbook.museum.model_rooms import MODEL_ROOMS
from decoderbook.museum.use_rooms import USE_ROOMS

ROOMS = MODEL_ROOMS | USE_ROOMS
EXHIBITS: dict[str, Exhibit] = {
    exhibit.slug: exhibit for room in ROOMS.values() for exhibit in room
}
NUMBERS = {slug: number for number, slug in enumerate(EXHIBITS, start=1)}


def label(slug: str) -> str:
    """An exhibit's number and title, as figures name it."""
    return f"{NUMBERS[slug]} {EXHIBITS[slug].title}"
