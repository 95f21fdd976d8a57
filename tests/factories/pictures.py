"""How does a test come by an archive of pictures?"""

import io
import zipfile


def an_archive(**pictures: bytes) -> bytes:
    """A ZIP archive of these files."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, content in pictures.items():
            archive.writestr(name, content)
    return kept.getvalue()
