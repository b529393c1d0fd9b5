"""Portuguese."""

MARKS = r"""
local: \b(perto de mim|próxim[oa]s? de mim|na minha região|horários?)\b
comparison: \b(vs|versus|diferenças?)\b|^\S+( \S+)? ou \S+( \S+)?$
timing: ^quando\b|\b(melhor época|melhor altura|melhor momento|calendário|qual mês)\b
cost: \b(preços?|custos?|quanto custa|quanto custam|tarifas?|barat[oa]s?)\b
how-to: ^como (fazer|construir|plantar|podar|limpar|reparar|consertar|semear|regar|instalar|cultivar|escolher|cuidar)\b|\b(passo a passo|tutorial|receita|caseiro)\b|^(podar|plantar|semear|regar|construir|limpar|reparar)\b
problem: \b(doenças?|folhas amarelas|pragas?|pulg(ão|ões)|lesmas|mofo|bolor|fungos?|não funciona|avarias?|vazamento|eliminar|tirar|problemas?|causas)\b
review: \b(avaliações|avaliação|opiniões|opinião|vantagens|desvantagens)\b
list: \b(melhor|melhores|top|ideias|tipos|variedades|exemplos|lista|presentes?)\b
glossary: ^o que (é|são|significa)\b|\b(definição|significado)\b
yesno: ^(pode|posso|é bom|é verdade|faz mal)\b
questions: ^(como|por que|porque|porquê|qual|quais|onde|quanto|quantas|quantos|o que)\b
buying: \b(comprar|online|promoção|loja)\b
"""
ENDINGS = """
guide: guia | guia e dicas | o que é preciso saber | o que realmente importa | o essencial e os erros a evitar
how-to: como se faz | o guia passo a passo | passos, materiais e dicas | passo a passo, com os erros a evitar
timing: o melhor momento | a melhor época | o momento certo e os sinais | a melhor época e os erros a evitar
questions: a resposta | a resposta clara | a resposta breve e as razões | a resposta e de que depende
yesno: sim ou não? | a resposta breve | a resposta e as exceções
list: a nossa seleção | as melhores opções | seleção e critérios | a nossa seleção e como escolher bem
comparison: a comparação | as diferenças | diferenças e veredito | diferenças, custos e a melhor escolha
review: o veredito | prós e contras | prós, contras e veredito
cost: quanto se paga | preços e poupança | o que influencia o preço | quanto se paga e como poupar
buying: guia de compra | como escolher bem | guia de compra e preços | o que verificar antes de comprar
problem: causas e solução | o que fazer | causas, soluções e prevenção | como encontrar a causa e resolver
glossary: definição | significado e exemplos | definição simples com exemplos
local: como escolher | escolha, preços e perguntas | como escolher e o que perguntar
"""
HEADINGS = """
answer: A resposta breve
basics: O que realmente importa
start: Por onde começar
mistakes: Erros a evitar
questions: Perguntas frequentes
need: O que é preciso
time: O momento certo
steps: Passo a passo
signs: Sinais de que é o momento
limits: O que acontece cedo ou tarde demais
depends: De que depende
do: O que fazer agora
glance: A nossa seleção em resumo
criteria: Critérios de escolha
entries: A seleção em detalhe
compare: As diferenças ponto por ponto
who: Que escolha para quem
good: Os pontos fortes
bad: Os pontos fracos
cost: Quanto custa
alternatives: Alternativas
drivers: O que influencia o preço
save: Como poupar
types: Os principais tipos comparados
looks: Como reconhecer
causes: As causas mais prováveis
fix: Como resolver
prevent: Como prevenir
define: Definição
practice: Como funciona na prática
mixup: Com o que se confunde
offers: Como comparar ofertas por perto
asks: Perguntas antes de decidir
warn: Sinais de alerta
related: Temas relacionados
"""
META = """
{k}: o essencial explicado com clareza.
Dicas práticas, erros a evitar e respostas claras.
Um guia para consultar sempre.
"""
