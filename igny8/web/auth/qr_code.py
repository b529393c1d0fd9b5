"""Draw the QR code for an authenticator app."""

import segno

QR_BORDER = 4  # modules of white around a QR code


def qr_path(text: str) -> tuple[int, str]:
    """Return the width of a QR code in modules, including its border, and its SVG path."""
    rows = segno.make(text, error="m").matrix
    path = "".join(
        f"M{x + QR_BORDER} {y + QR_BORDER}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return len(rows) + 2 * QR_BORDER, path
