// Read articles as JSON lines, write Yoast SEO's scores and complaints for each as JSON lines.
const { Paper, SeoAssessor, ContentAssessor } = require("yoastseo");
const readline = require("node:readline");

function assess(Assessor, researcher, paper) {
  const assessor = new Assessor(researcher, {});
  assessor.assess(paper);
  const results = assessor.getValidResults();
  return {
    score: assessor.calculateOverallScore(),
    results: Object.fromEntries(results.map((result) => [result.getIdentifier(), result.getScore()])),
    complaints: results
      .filter((result) => result.getScore() < 6)
      .map((result) => result.getText().replace(/<[^>]+>/g, "")),
  };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const article = JSON.parse(line);
  const language = article.language.split("-")[0];
  const Researcher = require(`yoastseo/build/languageProcessing/languages/${language}/Researcher`).default;
  const paper = new Paper(article.html, {
    keyword: article.keyword,
    description: article.description,
    title: article.title,
    titleWidth: article.title_width,
    slug: article.slug,
    locale: article.locale,
    permalink: `https://example.org/${article.slug}`,
  });
  const researcher = new Researcher(paper);
  const seo = assess(SeoAssessor, researcher, paper);
  const readability = assess(ContentAssessor, researcher, paper);
  console.log(JSON.stringify({ name: article.name, seo, readability }));
});
