"""Google Search Console: Queries.csv, whose header speaks the language of the account."""

from igny8.importers.dialects.base import Dialect

QUERY_NAMES = (
    "top queries", "häufigste suchanfragen", "requêtes les plus fréquentes",
    "consultas principales", "query principali", "principais consultas", "consultas mais frequentes",
    "consultas principais", "populairste zoekopdrachten", "meest gebruikte zoekopdrachten",
    "najpopularniejsze zapytania", "najczęstsze zapytania", "vanligaste sökfrågorna",
    "vanligaste frågorna", "populæreste forespørgsler", "mest populære søgninger",
    "vanligste søk", "populære søk", "suosituimmat kyselyt", "suosituimmat haut",
    "nejčastější dotazy", "en popüler sorgular", "en çok yapılan sorgular", "популярные запросы",
    "самые популярные запросы", "найпопулярніші запити", "上位のクエリ", "인기 검색어",
    "热门查询", "熱門查詢", "kueri teratas", "cụm từ tìm kiếm hàng đầu", "principalele interogări",
    "leggyakoribb lekérdezések", "κορυφαία ερωτήματα", "أهم طلبات البحث", "השאילתות המובילות",
)
_CLICKS = ("clicks", "klicks", "clics", "clic", "cliques", "klikken", "kliknięcia", "klik",
           "kliknutí", "tıklama", "tıklamalar", "клики", "クリック数", "클릭수", "点击次数", "點擊",
           "* clicks", "* klicks", "* clics")
_IMPRESSIONS = ("impressions", "impressionen", "impresiones", "impressioni", "impressões",
                "vertoningen", "wyświetlenia", "visningar", "visninger", "eksponeringer",
                "zobrazení", "gösterimler", "görüntüleme", "показы", "表示回数", "노출", "노출수",
                "展示", "曝光", "* impressions", "* impressionen", "* impresiones")
_CTR = ("ctr", "klickrate", "*ctr*", "クリック率", "点击率", "點閱率")
_POSITION = ("position", "average position", "durchschnittliche position", "position moyenne",
             "posición", "posición media", "posizione", "posizione media", "posição",
             "posição média", "positie", "gemiddelde positie", "pozycja", "średnia pozycja",
             "pozice", "průměrná pozice", "konum", "ortalama konum", "позиция", "средняя позиция",
             "掲載順位", "平均掲載順位", "게재순위", "평균 게재순위", "排名", "* position")

QUERIES = Dialect(
    name="search_console",
    label="Google Search Console",
    needs=(QUERY_NAMES,),
    marks=("ctr",),
    fields={
        "text": QUERY_NAMES,
        "clicks": _CLICKS,
        "impressions": _IMPRESSIONS,
        "position": _POSITION,
    },
    ignored={name: "follows from clicks and impressions" for name in _CTR},
    order=("text", "clicks", "impressions", None, "position"),
    note="Search Console gives no search volume: impressions are kept as demand already shown.",
)
