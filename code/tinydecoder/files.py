"""Files that are there whole or not at all, even if the run dies while it writes."""

import json
import os
from pathlib import Path


def write_atomically(path: str | Path, data: bytes) -> None:
    """Put data into the file at path; until all of it is on the disk, the old one stays.

    It is written beside path, as NAME.part, and renamed when it is whole. A failed
    write removes that file; what a killed one leaves, the next write overwrites. Raises
    OSError, for example for a full disk.
    """
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            # Without it the new name could reach the disk before the bytes do.
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def safetensors_metadata(content: bytes) -> dict[str, str]:
    """The texts that stand beside the tensors in a safetensors file; {} for none.

    The library gives them for a path only, not for bytes. Raises ValueError for bytes
    without such a header.
    """
    length = int.from_bytes(content[:8], "little")  # of the JSON header that follows
    return json.loads(content[8 : 8 + length]).get("__metadata__") or {}
