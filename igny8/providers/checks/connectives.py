"""Connecting words between sentences and clauses, by language."""

_WORDS = {
    "en": (
        "accordingly, after, afterwards, also, although, and then, as a result, as long as, "
        "as soon as, because, before, besides, but, by contrast, consequently, despite, "
        "either, even if, even though, finally, first, firstly, for example, for instance, "
        "for this reason, however, if, in addition, in contrast, in fact, in other words, in "
        "short, in that case, instead, last, lastly, later, likewise, meanwhile, moreover, "
        "nevertheless, next, on the other hand, once, otherwise, rather than, second, "
        "secondly, similarly, since, so, so that, still, that is, that is why, then, "
        "therefore, third, though, thus, too, unless, unlike, until, what is more, when, "
        "whenever, whereas, while, yet"
    ),
    "de": (
        "aber, allerdings, also, andererseits, anschließend, auch, außerdem, bevor, "
        "beispielsweise, da, dabei, dadurch, dafür, dagegen, daher, damit, danach, dann, "
        "darum, dennoch, denn, deshalb, deswegen, doch, ebenfalls, ebenso, einerseits, "
        "erstens, falls, ferner, folglich, hingegen, indem, jedoch, mithin, nachdem, nämlich, "
        "obwohl, ohnehin, schließlich, sobald, sodass, solange, somit, sondern, sonst, sowie, "
        "stattdessen, trotzdem, vielmehr, während, weil, wenn, wohingegen, zuerst, zuletzt, "
        "zum beispiel, zunächst, zudem, zweitens"
    ),
    "es": (
        "además, ahora bien, antes, así, así que, asimismo, aun así, aunque, como, con todo, "
        "cuando, de hecho, dado que, después, en cambio, en primer lugar, en resumen, "
        "entonces, es decir, finalmente, igualmente, luego, mientras, no obstante, o sea, "
        "para que, pero, por eso, por ejemplo, por lo tanto, por otro lado, por tanto, por "
        "último, porque, primero, pues, puesto que, segundo, si, siempre que, sin embargo, "
        "sino, también, tras, ya que"
    ),
    "fr": (
        "afin de, ainsi, alors, après, aussi, autrement dit, avant, bien que, c'est pourquoi, "
        "car, cependant, comme, d'abord, d'ailleurs, de même, de plus, dès que, donc, du "
        "coup, en effet, en outre, en revanche, enfin, ensuite, entre autres, lorsque, mais, "
        "malgré, même si, néanmoins, or, outre, par conséquent, par contre, par exemple, "
        "parce que, pendant que, pour que, pourtant, premièrement, puis, puisque, quand, si, "
        "sinon, tandis que, tant que, toutefois"
    ),
    "it": (
        "affinché, allora, anche, anzi, appena, anzitutto, comunque, così, cioè, dato che, "
        "dopo, dunque, eppure, finché, finalmente, inoltre, infatti, infine, in effetti, "
        "invece, ma, mentre, nonostante, oppure, ossia, perché, per esempio, per questo, "
        "però, perciò, pertanto, poi, poiché, prima, primo, purché, quando, quindi, secondo, "
        "se, sebbene, siccome, tuttavia"
    ),
    "nl": (
        "als, aldus, bijvoorbeeld, bovendien, daardoor, daarentegen, daarna, daarnaast, "
        "daarom, dan, doordat, dus, echter, eerst, en toch, eveneens, hierdoor, hoewel, "
        "immers, indien, intussen, kortom, maar, met andere woorden, mits, namelijk, nadat, "
        "ofwel, omdat, ondanks, ook, ten eerste, ten slotte, ten tweede, tenzij, terwijl, "
        "toch, toen, totdat, tot slot, vandaar, vervolgens, voordat, want, wanneer, zo, "
        "zoals, zodat, zodra, zolang"
    ),
    "pt": (
        "além disso, ainda, antes, apesar de, assim, assim que, caso, como, contudo, de fato, "
        "depois, desde que, e então, embora, em primeiro lugar, em resumo, enquanto, "
        "entretanto, então, finalmente, já que, logo, mas, no entanto, ou seja, para que, "
        "pois, por exemplo, por fim, por isso, por outro lado, porém, porque, portanto, "
        "primeiro, quando, se, segundo, também, tanto, todavia, uma vez que"
    ),
}
CONNECTIVES = {
    language: frozenset(word.strip() for word in words.split(","))
    for language, words in _WORDS.items()
}
