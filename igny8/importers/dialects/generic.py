"""Any table with a recognisable keyword column, and the product's own export."""

from igny8.importers.dialects.base import Dialect
from igny8.keyword_fields import BY_NAME

TABLE = Dialect(
    name="generic",
    label="Your own table",
    needs=(BY_NAME["text"].names,),
    fields={"text": BY_NAME["text"].names},
)

OWN_EXPORT = Dialect(
    name="igny8",
    label="IGNY8",
    needs=(("keyword",), ("parent topic",), ("cluster",), ("status",), ("variants",)),
    marks=tuple(field.label for field in BY_NAME.values()),
    enough=5,
    fields={field.name: (field.label,) for field in BY_NAME.values() if field.name != "text"}
    | {"text": ("keyword",)},
    ignored={
        "cluster": "runs put keywords into clusters",
        "status": "runs set the status",
    },
    general=False,
)
