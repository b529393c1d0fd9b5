"""Spanish."""

MARKS = r"""
local: \b(cerca de mí|cerca de mi|cercan[ao]s?|horarios?)\b
comparison: \b(vs|versus|diferencias?)\b|^\S+( \S+)? o \S+( \S+)?$
timing: ^cu[áa]ndo\b|\b(mejor época|mejor momento|época de|calendario|qué mes)\b
cost: \b(precios?|costes?|costos?|cu[áa]nto cuesta|tarifas?|barat[oa]s?)\b
how-to: ^c[óo]mo (hacer|construir|plantar|podar|limpiar|reparar|sembrar|regar|instalar|cultivar|elegir|cuidar)\b|\b(paso a paso|tutorial|receta|casero)\b|^(podar|plantar|sembrar|regar|construir|limpiar|reparar)\b
problem: \b(enfermedad(es)?|hojas amarillas|plagas?|pulgones?|pulgón|babosas|moho|hongos?|no funciona|averías?|fuga|eliminar|quitar|problemas?|causas)\b
review: \b(opiniones|opinión|reseñas?|ventajas|desventajas|análisis)\b
list: \b(mejor|mejores|top|ideas|tipos|variedades|ejemplos|lista|regalos?|comparativa)\b
glossary: ^qu[ée] (es|son|significa)\b|\b(definición|significado)\b
yesno: ^(se puede|es bueno|es malo|hay que)\b
questions: ^(c[óo]mo|por qu[ée]|qu[ée]|cu[áa]l|cu[áa]les|d[óo]nde|cu[áa]nto|cu[áa]nta|cada cu[áa]nto)\b
buying: \b(comprar|en línea|online|oferta|ofertas|tienda)\b
"""
ENDINGS = """
guide: guía | guía y consejos | lo que debes saber | lo que de verdad importa | lo esencial y los errores comunes
how-to: cómo se hace | la guía paso a paso | pasos, materiales y consejos | paso a paso y con los errores que debes evitar
timing: el mejor momento | la mejor época | el mejor momento y las señales | la mejor época y los errores comunes
questions: la respuesta | la respuesta clara | la respuesta breve y las razones | la respuesta y de qué depende
yesno: ¿sí o no? | la respuesta breve | la respuesta y las excepciones
list: nuestra selección | las mejores opciones | selección y criterios | nuestra selección y cómo elegir bien
comparison: comparativa | las diferencias | diferencias y veredicto | diferencias, costes y cuál elegir
review: veredicto | pros y contras | pros, contras y veredicto | puntos fuertes, límites y veredicto
cost: cuánto se paga | precios y ahorro | qué influye en el precio | cuánto se paga y cómo ahorrar
buying: guía de compra | cómo elegir bien | guía de compra y precios | qué comprobar antes de comprar
problem: causas y solución | qué hacer | causas, soluciones y prevención | cómo encontrar la causa y solucionarlo
glossary: definición | qué significa | definición sencilla con ejemplos
local: cómo elegir | elección, precios y preguntas | cómo elegir y qué preguntar
"""
HEADINGS = """
answer: La respuesta breve
basics: Lo que realmente importa
start: Cómo empezar
mistakes: Errores comunes
questions: Preguntas frecuentes
need: Qué necesitas
time: El mejor momento
steps: Paso a paso
signs: Señales de que es el momento
limits: Qué pasa demasiado pronto o demasiado tarde
depends: De qué depende
do: Qué hacer ahora
glance: Nuestra selección de un vistazo
criteria: Criterios para elegir
entries: La selección en detalle
compare: Las diferencias punto por punto
who: Qué conviene a quién
good: Lo mejor
bad: Lo peor
cost: Cuánto cuesta
alternatives: Alternativas
drivers: Qué influye en el precio
save: Cómo ahorrar
types: Los tipos principales comparados
looks: Cómo reconocerlo
causes: Las causas más probables
fix: Cómo solucionarlo
prevent: Cómo prevenirlo
define: Definición
practice: Cómo funciona en la práctica
mixup: Con qué se confunde a menudo
offers: Cómo comparar ofertas cerca de ti
asks: Preguntas antes de decidir
warn: Señales de alerta
related: Temas relacionados
"""
META = """
{k}: lo esencial explicado con claridad.
Consejos prácticos, errores comunes y respuestas claras.
Una guía para consultar siempre.
"""
