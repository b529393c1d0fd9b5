"""Exports of every known tool, built in code as the tools write them."""

import io
import zipfile
from xml.sax.saxutils import escape

AHREFS = (
    "#,Keyword,Country,Difficulty,Volume,CPC,CPS,Parent Keyword,Last Update,SERP Features,"
    "Global volume,Traffic potential,Global traffic potential,First seen,Intents\n"
    '1,Raised Beds,us,34,1200,0.62,0.9,raised beds,2026-05-01,"Sitelinks,Video",9000,800,2000,'
    '2015-09-01,"Informational,Non-branded"\n'
    '2,cold frame,us,,320,,,cold frame,2026-05-01,,900,80,200,2016-01-01,"Commercial,Transactional"\n'
)
AHREFS_ORGANIC = (
    "Keyword,Volume,KD,CPC,Previous organic traffic,Current organic traffic,Organic traffic change,"
    "Current position,Current URL,Branded,Local,Informational,Commercial,Transactional,Navigational\n"
    "raised beds,1200,34,0.62,10,12,2,4,https://example.com/beds,false,false,true,true,false,false\n"
)
SEMRUSH = (
    "Keyword,Intent,Volume,Trend,Keyword Difficulty,CPC (USD),Competitive Density,SERP Features,"
    "Number of Results\n"
    'cold frame,"Commercial, Informational",1900,"0.8,0.7",41,0.55,0.9,Reviews,12000000\n'
)
SEMRUSH_BUILDER = (
    "Database,Keyword,Seed keyword,Page,Topic,Page type,Tags,Volume,Keyword Difficulty,CPC (USD)\n"
    "us,cold frame,garden,Cold frames,cold frames,Pillar,,1900,41,0.55\n"
)
SEMRUSH_API = "Keyword;Search Volume;Keyword Difficulty Index;Intent\ncold frame;1900;41.5;3\n"
SEMRUSH_ORGANIC = (
    "Keyword,Position,Previous position,Search Volume,Keyword Difficulty,CPC,URL,Traffic,"
    "Traffic (%),Traffic Cost,Competition,Number of Results,Trends,Timestamp,Keyword Intents\n"
    "cold frame,3,4,1900,41,0.55,https://example.com/a,90,1.2,40,0.9,12,,2026-05-01,informational\n"
    "Cold  Frame,9,8,1900,41,0.55,https://example.com/b,12,0.2,4,0.9,12,,2026-05-01,informational\n"
)
CONSOLE = "Top queries,Clicks,Impressions,CTR,Position\ncold frame,52,114,45.61%,3.2\n"
CONSOLE_GERMAN = (
    "Häufigste Suchanfragen;Klicks;Impressionen;Klickrate;Position\n"
    "frühbeet bauen;1.204;30.000;3,0 %;6,1\n"
)
UBERSUGGEST = (
    "\ufeffKeyword,Search Intent,Search Volume,Cost per Click,Paid Difficulty,Search Difficulty\n"
    'cold frame,C,"1,900",$0.55,80,41\n'
)
UBERSUGGEST_OLD = (
    "No,Keyword,Search Volume,CPC,Paid Difficulty,SEO Difficulty\n1,cold frame,1900,0.55,80,41\n"
)
MOZ = (
    "# ----\n# Keyword Suggestions\n# ----\n"
    "Keyword,Locale,Min Volume,Max Volume,Difficulty,Organic CTR,Importance,Priority,Date Analyzed\n"
    "cold frame,en-US,501,850,41,0.7,3,60,2026-05-01\n"
)
MOZ_RANGE = "Keyword,Volume Range,Difficulty,Organic CTR\ncold frame,118001..300000,41,0.7\n"


TRENDS = (
    "Category: All categories\n\nTOP\nawning,100\npatio awning,46\nwindow awning,<1\n\n"
    'RISING\nawning for decks,Breakout\nawning repair,"+2,350%"\npatio awning,+80%\n'
)


def planner(volumes, month: str = "") -> bytes:
    """Return a Keyword Planner file: UTF-16, tabs, a preamble of two lines."""
    lines = [
        "Keyword Stats 2026-06-09 at 21_25_18",
        "June 1, 2025 - May 31, 2026",
        "Keyword\tCurrency\tAvg. monthly searches\tCompetition\tCompetition (indexed value)\t"
        "Top of page bid (low range)\tTop of page bid (high range)\tSearches: May 2025",
    ]
    lines += [
        f"phrase {n}\tEUR\t{volume}\tHigh\t80\t0.20\t0.90\t{month}"
        for n, volume in enumerate(volumes)
    ]
    return ("\n".join(lines) + "\n").encode("utf-16")


def zipped(members: dict[str, str | bytes]) -> bytes:
    """Return a ZIP of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def workbook(rows, sheet_xml: str | None = None) -> bytes:
    """Return an XLSX of these rows: texts are shared, numbers are numbers."""
    texts = list(dict.fromkeys(cell for row in rows for cell in row if isinstance(cell, str)))
    body = "".join(
        f'<row r="{y}">'
        + "".join(
            f'<c r="{chr(64 + x)}{y}" t="s"><v>{texts.index(cell)}</v></c>'
            if isinstance(cell, str)
            else f'<c r="{chr(64 + x)}{y}"><v>{cell}</v></c>'
            for x, cell in enumerate(row, start=1)
            if cell is not None
        )
        + "</row>"
        for y, row in enumerate(rows, start=1)
    )
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    link = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    return zipped(
        {
            "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org'
            '/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            "</Types>",
            "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006'
            '/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org'
            '/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
            "xl/workbook.xml": f'<workbook {space} {link}><sheets><sheet name="Keywords" sheetId="1" '
            'r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package'
            '/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org'
            '/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
            '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006'
            '/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            "xl/sharedStrings.xml": f"<sst {space}>"
            + "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
            + "</sst>",
            "xl/worksheets/sheet1.xml": sheet_xml
            or f"<worksheet {space}><sheetData>{body}</sheetData></worksheet>",
        }
    )
