"""What people write to each other in a forum and readers of an article do not need: greetings, thanks, closings."""

from __future__ import annotations

import re

from kbuilder.text import N_, fold, squeeze, words

_OPENING = (
    r"(?:hi+(?:ya)?|hello+|he+y+|hallo+(?:chen)?|moin(?: moin)?|servus|huhu|tach|gr(?:ü|ue)(?:ß|ss)(?: gott| dich| euch)|gria(?:ß|ss?)(?: di| eich| euch)|gr(?:ü|ue)ezi(?: mitenand)?"
    r"|guten (?:tag|morgen|abend)|good (?:morning|day|evening|afternoon)|greetings"
    r"|dear|liebe[rs]?|sehr geehrte[rs]?)"
)
_SAID = r"(?:said|mentioned|noted|stated|suggested|explained|commented|written|wrote|alluded to|pointed out|points out|says|notes)"
_PREFIX = re.compile(
    rf"(?:{_OPENING}(?:[ ]+(?:@?[\w.-]*\w|\[\w+\])){{0,4}}\s*(?:[,!:;–—-]+|\.(?=\s))"
    r"|@[\w.-]*\w\s*[,:]?"
    r"|(?:edit|update|nachtrag|p\.?s\.?)(?:[ ]?\d)?\s*[:.]+|edit (?:for|after) [^:.\n]{2,40}:"
    r"|\((?:edit|update|nachtrag)\)|tl[;, ]*dr\b[\s:;.,–—-]*"
    r"|(?P<strong>\*\*|__|\*|_)(?:edit|update|nachtrag|tl[;, ]*dr)(?:[ ]?\d)?\s*[:.]*(?P=strong)\s*[:.–—-]*"
    rf"|as (?:\w+ ){{0,2}}{_SAID}(?: (?:by|in|above|before|earlier|already|here|on)\b[^,.;:()]{{0,50}})?,"
    rf"|as @?[\w.'’-]+(?: [A-Z][\w.'’-]*){{0,2}} (?:has |have )?(?:already |rightly |correctly )?{_SAID}(?: (?:in|above|before|earlier"
    r"|already|here|to|on|out)\b[^,.;:()]{0,50})?,"
    r"|wie (?:(?:schon|bereits|oben|@?[A-ZÄÖÜ][\w.-]+) ){0,3}(?:erwähnt|gesagt|geschrieben|beschrieben|angemerkt)"
    r"(?: (?:hat|wurde|haben))?,"
    r"|(?:many |vielen |herzlichen )?(?:thanks|thank you|danke|dank)(?: in advance| im voraus)?\s*[!,]+(?=\s))\s*",
    re.IGNORECASE,
)
"""What a sentence may begin with and does not lose its sense without."""
_OPINION = re.compile(
    r"(?:(?:(?:personally|imh?o|fwiw|afaik|for what it['’]?s worth|in my (?:humble |honest |personal |own )?(?:opinion|view|experience)"
    r"|to (?:the best of )?my knowledge|as far as i(?: know|['’]m aware| am aware| can (?:see|tell))),\s*)+"
    r"|(?:i (?:personally |really |would |also |still |just |honestly )*(?:think|believe|guess|suppose|feel|reckon|suspect|assume|say)"
    r"|i['’]d (?:say|guess|argue|think)|(?:it )?seems to me)(?: that,? (?!(?:is|was|would|will|can|could|has|had|should|may|might|does|did)\b)"
    r"|,? (?=(?:it|there|you|we|they|he|she)(?:['’]\w+)?\s"
    r"|(?:the|an?|this|these|those|your|our|their|its|most|some|all|many|any|both|each|every|one|if|what|people)\s))"
    r"|(?:ich (?:denke|glaube|meine|vermute|schätze|finde|würde sagen)|ich bin der meinung)(?: mal)?,\s+"
    r"(?!(?:dass|daß|ob|wie|wo|was|wenn|weil)\b))",
    re.IGNORECASE,
)
"""What makes a statement one's own: the rest stands by itself."""

_LINK_WORD = re.compile(
    r"(?:(?:and|but|or|und|aber|oder)\b,?(?! (?:yes|no|ja|nein|so (?:on|forth|weiter))\b)\s+|(?:so+|well|ok(?:ay)?|also|tja|naja|nun)(?:,|\.{3}|…)\s+"
    r"|so (?=(?:i|we|my|our|the|is|are|do|does|can|how|what|why|which)\b))+(?=\S)",
    re.IGNORECASE,
)
"""What links a sentence to one before it, and can go. German words after which the verb comes first stay."""


def _chat(most: int, *patterns: str) -> tuple[int, re.Pattern[str]]:
    return most, re.compile("|".join(patterns))


# Most words of a sentence, and what one so short is nothing but chat with; in lower case, ä written as ae.
_CHAT = (
    _chat(
        6,
        rf"^{_OPENING}\b",
        r"^(?:best|kind|warm|many)? ?regards\b",
        r"^(?:viele|beste|liebe|schoene|freundliche|mit freundlichen|mfg)? ?(?:gruesse|gruss|gruessen)\b",
        r"^(?:lg|vg|mfg|bg|hth|cheers|sincerely|yours|bye|ciao|tschuess|tschau)\b",
        r"\b(?:good luck|viel (?:erfolg|glueck|spass)|have fun|enjoy)\b|^(?:happy|frohes) \w+(?:ing|en|s)$",
        r"^(?:you'?re (?:very )?welcome|gerne?(?: geschehen)?|no problem|kein problem|np)\b",
        r"^(?:solved|geloest|erledigt|fixed|closed|works now|geht (?:jetzt|wieder|nun)|problem (?:solved|geloest))\b",
        r"^(?:never ?mind|hat sich erledigt|it works|klappt|passt|funktioniert|das wars?)\b",
        r"^(?:very |sehr )?(?:great|good|nice|excellent|gute|super|interessante|interesting) "
        r"(?:question|frage|post|answer|antwort)",
        r"^(?:just )?my (?:two|2) cents",
        r"^(?:but|and|so|well|anyway|now|also|however|still|aber|und|also|naja|egal)$",
        r"^(?:your )?(?:thoughts|opinions|gedanken|meinungen)(?: (?:on|dazu|hierzu)\b.*)?$",
        r"^(?:edit|update|addendum|nachtrag|disclaimer|ps|p s)s?(?: \d+)?$",
        r"^(?:and |just )?(?:one|a|two|ein) (?:last|final|quick|small|side|more|letzter?) (?:notes?|things?|points?|remarks?|hinweis)$",
        r"^(?:i |ich )?(?:totally |completely |fully |strongly )?(?:agree|disagree|stimme)(?: (?:with|dir|ihnen|euch|dem)\b.*)?(?: zu)?$",
        r"^(?:i |well |really |personally |für mich )*(?:like|love) (?:it|this|that|the idea)$|^(?:das )?sehe ich (?:auch |genau)so$",
        r"^i(?:'?m| am)? (?:somewhat |totally |quite |also |guess i'?m )*(?:ok|okay|fine|happy|guilty) (?:with|of) (?:this|that|it)$",
        r"^(?:well|good|nice) (?:done|job|work|spotted|catch)\b",
        r"^(?:(?:this|that)(?:'?s| is) )?(?:a )?(?:tough|hard|difficult|tricky|schwierige) (?:one|question|frage)(?: to answer)?$",
        r"^(?:to make a |um es kurz zu machen|kurz gesagt)?long story short$|^kurz gesagt$",
        r"^welcome to (?:\w+ ?){1,4}$|^willkommen (?:bei|auf|in) (?:\w+ ?){1,4}$",
    ),
    _chat(
        8,
        r"^(?:same(?: here| problem| issue| question)?|me too|dito|ditto|bump|push|ich auch|auch bei mir)\b",
        r"^1(?: (?:for|from|to|von|an|fuer) .*)?$",
        r"^(?:geht|ging) mir (?:genau ?so|auch so)|^bei mir (?:auch|genau ?so|dasselbe|das gleiche)",
        r"^(?:(?:i|we|ich|wir) )?(?:also |just )?(?:have|had|having|got|hab|habe|haben|hatte|hatten) (?:also |auch |exactly |genau )*"
        r"(?:the (?:exact )?same|(?:a |an )?(?:very )?similar|das (?:gleiche|selbe)|dasselbe|ein aehnliches) (?:problem|issue|question|frage)"
        r"(?: (?:too|as|here|before|once|also|with|on|auch|hier|schon|wie|mit|bei|seit|since|yesterday|last)\b.*)?$",
        r"^(?:(?:i|ich) )?(?:have|had|habe|hatte) (?:this|that|dieses|das) (?:problem|issue) (?:too|as well|also|auch)$",
        r"^(?:please|pls|bitte)? ?(?:help|hilfe)\b",
        r"\b(?:bitte|dringend) (?:um )?(?:schnelle )?hilfe\b",
        r"^(?:any|some|irgendwelche|jemand(?: eine?n?)?|hat (?:jemand|wer)(?: eine?n?)?) "
        r"(?:ideas?|ideen?|tips?|tipps?|vorschlaege|clues?|ahnung|suggestions?|thoughts?|pointers?)\b",
        r"^(?:weiss|wei?s) (?:da |hier )?(?:jemand|wer) (?:rat|weiter|bescheid|was)",
        r"^(?:answered|posted|beantwortet) (?:by|von)\b",
        r"^(?:can|could) (?:any|some)(?:one|body) (?:please |kindly )?(?:help|explain|assist)(?: me)?(?: please| out)?$",
        r"^(?:kann|koennte?) (?:mir )?(?:da |hier )?(?:bitte )?(?:jemand|wer|einer)(?: von euch)?(?: da| hier)?"
        r"(?: bitte)? helfen",
        r"^wer (?:kann|koennte) (?:mir )?(?:da |hier )?(?:weiter)?helfen",
        r"^(?:what|was) (?:can|should|kann|soll) (?:i|ich) (?:da |jetzt )?(?:do|tun|machen)\b",
        r"^(?:hm+|ah+|oh+|lol|haha|ups|sorry|ok|okay|nice|cool|super|wow|grr+|argh)$",
    ),
    _chat(
        14,
        r"^(?:and |so |ok |okay |also |und |schon mal |schonmal |schon |already )*(?:many |vielen |herzlichen |besten "
        r"|lieben |tausend |1000 )?(?:thanks?(?! to (?:the|an?|this|that)\b)|thank you|thx|tnx|ty|danke(?:schoen)?|dank(?! de[rms]\b)|merci)\b",
        r"\b(?:thanks?(?: you)?|thx|danke|dank|dankbar)\b.*\b(?:in advance|im voraus|vorab)\b",
        r"\b(?:in advance|im voraus|vorab)\b.*\b(?:thanks?|danke?|dankbar)\b",
        r"\b(?:help|advice|ideas?|suggestions?|tips?|hints?|input|thoughts|pointers|hilfe|tipps?)\b.*"
        r"\b(?:appreciated?|grateful|welcome|dankbar|willkommen)\b",
        r"\bappreciate (?:any|your|the|some|all)\b|\b(?:would|waere|ware) (?:be )?(?:very |sehr )?(?:grateful|dankbar)\b",
        r"\bhope (?:this|that|it|i) (?:all )?(?:helps?|helped|works|clarif|answers?|was|makes)",
        r"\bhoffe?,? (?:das|es|dass|ich|dir|euch|ihnen|damit)? ?.*\b(?:hilft|geholfen|helfen|klappt)\b",
        r"^(?:please )?let (?:me|us) know\b|\b(?:sag|gib|gebt|sagt|geben sie) (?:mir |uns )?(?:kurz )?bescheid\b",
        r"\bmelde? dich (?:gern |gerne |einfach |dann )?(?:wieder|nochmal|noch mal|hier)?$",
        r"^(?:i'?m |i am )?sorry (?:for|if|about|in advance)|^entschuldig|^excuse my|^verzeih|^sorry fuer",
        r"\b(?:sorry|entschuldigung|excuse)\b.*\b(?:english|englisch|deutsch|german|typos|tippfehler)\b",
        r"\b(?:bin|i'?m|i am) (?:\w+ ){0,3}(?:new|neu|newbie|beginner|anfaenger|neuling)(?: here| hier| to this| to the)?$",
        r"^(?:new here|neu hier)|\b(?:first|erste[rs]?) (?:post|time (?:poster|posting|here)|beitrag)\b",
        r"\blong[ -]time (?:lurker|reader)\b|\bfirst question (?:here|on|in)\b|\bmeine erste frage\b",
        r"\bwelcome to (?:the |our )?(?:\w+ )?(?:site|forum|community|se|stack ?exchange|board|beer|group)\b",
        r"\b(?:herzlich )?willkommen (?:im|in der|bei|an bord)\b",
        r"\b(?:accept|upvote|mark|tick|akzeptier\w*|markier\w*)\b.*\b(?:answer|loesung|antwort|solution|helpful)\b",
        r"\b(?:als|as) (?:the |an? )?(?:answer|loesung|antwort|solution)\b.*\b(?:accept|mark|akzeptier|markier)\w*",
        r"\bi (?:really )?(?:love|like) (?:this|your) question\b",
        r"^(?:so |now |also )?(?:to answer|answering|addressing|regarding|as for|zu) (?:your|the|deiner|deinen|ihrer|ihren) (?:\w+ ){0,3}"
        r"(?:questions?|points?|comments?|fragen?)(?: \w+){0,2}$",
        r"^ich (?:versuche|werde|will) (?:\w+ ){0,4}(?:erklaeren|beantworten)$",
        r"^(?:ok |okay |well |so |first |here'?s )*(?:a |some )?(?:little |bit of |quick |short )*background(?: (?:on|about|to|for) .*)?$",
        r"^i(?:'?m| am) (?:very |so |really )?(?:happy|glad|pleased) (?:that |to )?(?:my|your|you|hear|see|read|i)\b",
        r"^i(?:'?ve| have)? (?:just |also |already )*commented on (?:your|the|this)\b",
        r"^(?:hi|hello|hey|hallo)\b.*\b(?:i'?m|i am|ich bin) new\b",
        r"^what (?:exactly )?do you mean by\b|^was (?:genau )?mein(?:st du|en sie) mit\b",
        r"^(?!.*\b(?:but|and|so|because|if)\b)(?:personally |honestly |though )*i(?:'?m| am| was)(?: not| never)? (?:really |quite |such |much of )*"
        r"(?:an? |the |no )?(?:big |huge |great |massive |real |total )*(?:fan|lover|expert|newbie|novice|beginner|layman|lawyer)\b",
        r"^(?!.*\b(?:aber|und|doch|weil|wenn|also)\b)ich (?:bin|war) (?:ja |leider |selbst |auch |zwar |nur |nie )*(?:kein |ein |nicht der )?"
        r"(?:grosser |groesster |echter )*(?:fan|freund|experte|laie|anfaenger|jurist|anwalt)\b",
        r"^i (?:really |also |personally |tend to |do )*(?:like|love|enjoy|hate|dislike) (?:it|this|that|them|what)\b(?!.*\b(?:but|so|if|because)\b)",
        r"^(?:i )?(?:could|can)(?:n'?t| ?not)? find (?:any|an|a|the) (?:answer|solution|info|information)s?"
        r"(?: (?:online|anywhere|on google|here))?$",
    ),
    _chat(
        26,
        r"^cheers\b.*\bthanks?\b",
        r"^i (?:saw|see|noticed|read) (?:in|from) (?:the|your) (?:comments?|profile|other)\b",
        r"^(?:so |ok |well |here )?i(?:'?ll| will| shall| want to| am going to|'?m going to|'?d like to) (?:only |just |now |try to |do my best to )*"
        r"(?:answer|address) (?:the|your|this|these|only|to|both|each)\b",
        r"^(?:the )?(?:last|first) time i (?:was|went|stayed|lived) (?:in|to|at) (?!the |my |an? |this )\w+",
        r"^als ich (?:das )?(?:letzte mal|letztes mal|zuletzt|letztens|neulich) (?:in|auf|bei) (?!der |den |dem |mein)\w+",
        r"^this (?:answer|post) (?:is|was) (?:an? )?(?:\w+ )?(?:summary|copy|copied|taken|adapted|based)\b",
        r"^diese antwort (?:ist|wurde) (?:eine )?(?:zusammenfassung|kopie|uebernommen)",
        r"^(?:so )?here (?:is|are|'?s) (?:my|just my|some of my) (?:take|thoughts|two cents|opinion|view)\b",
        r"^(?:i )?(?:just )?wanted to (?:ask|know|share|say|add)\b.*\b(?:thanks|guys|everyone|all)$",
    ),
)
OPINION = N_("It was told as an opinion.")
"""The remark on a sentence that began so."""
THREAD = N_("It refers to the thread, or speaks to someone in it.")
_REMARKS = (
    (
        THREAD,
        re.compile(
            r"(?<![\w/.])@[A-Za-z][\w.-]{2,}|\b(?:the )?(?:OP|asker|original poster)\b|\b(?:your|the|this|my) (?:original |other |previous |first )?"
            r"(?:question|post|comment|thread)\b|\b(?:comments?|answers?) (?:above|below|here)\b|\b(?:other|previous|accepted|first|above|great|good|excellent)"
            r" answers?\b|\b(?:you|he|she) (?:mention|said|say|ask|wrote|state|describe)(?:ed|s)?\b|\b(?:as|like) you (?:said|say|mention\w*|note\w*)\b"
            r"|\b(?:deine?r?|ihre?r?|die|diese?|meine?) (?:frage|beitrag|kommentar)\b|\b(?:du|sie) (?:schreibst|schreiben|fragst|fragen|sagtest|sagten)\b"
            r"|\b(?:andere|obige|akzeptierte)n? antwort(?:en)?\b"
        ),
    ),
    (
        N_("It is told in the first person."),
        re.compile(
            r"(?<![\w.$])(?:I(?=[ '’])(?! ?[=+*/.)])|I['’](?:m|d|ve|ll)|[Mm]y|[Mm]e|[Mm]ine|[Mm]yself|IMHO|IMO)(?!\w)"
            r"|\b(?:[Ii]ch|[Mm]ir|[Mm]ich|[Mm]eine?[mnrs]?)\b"
        ),
    ),
)
"""What an editor should look at in a sentence, and how it is known; the first that fits is told."""
_CLOSING = re.compile(
    r"^(?:(?:best|kind|warm|many) )?regards|^(?:\w+ ){0,2}(?:gruesse|gruss|gruessen)\b|^(?:lg|vg|mfg|bg|cheers"
    r"|sincerely|yours|thanks?|thank you|thx|danke|vielen dank|hth)\b"
)
_CLOSING_LINE = re.compile(
    r"\n[ ]*(?=[-–—]{2}[ ]*\w|(?:(?:best |kind |warm |many )?regards|(?:(?:viele|beste|liebe|schöne|freundliche"
    r"|mit freundlichen) )?(?:grüße|gruß|grüsse|gruss|grüßen)|lg|vg|mfg|cheers|thanks|thank you|danke|vielen dank)\b)",
    re.IGNORECASE,
)
_MOST_OF_A_NAME = 3
_SIGNED = re.compile(
    r"^(?:(?:best|kind|warm|many) )?regards\b|^(?:\w+ ){0,2}(?:gruesse|gruss|gruessen)\b|^(?:sincerely|mfg)\b"
)
_STREET = re.compile(
    r"\b\d{1,5}[a-z]?,? (?:[A-Z][\w.'’-]+ ){1,3}(?:Street|St\b|Road|Rd\b|Avenue|Ave\b|Lane|Drive|Way|Close|Court|Place|Square)"
    r"|\b[\w-]*(?:straße|strasse|str\.|weg|gasse|platz|allee|ring|damm|ufer) \d{1,4}[a-z]?\b|\b\d{4,5} [A-ZÄÖÜ][a-zäöüß]+",
    re.IGNORECASE,
)
_NO_WORD = frozenset({"von", "van", "de", "der", "den", "di", "la", "zu", "of", "a", "b", "c"})
"""Small words in names and addresses."""
_QUOTED = re.compile(
    r"`[^`]*`|“[^”]*”|„[^“”]*[“”]|\"[^\"]*\"|\]\([^()]*\)|(?<!\*)\*{1,2}[^*\s]{1,60}(?: [^*\s]{1,60}){1,9}\*"
)
"""What is named and not said: several words in emphasis are what a menu or a button says."""
_MARKUP = re.compile(r"[*_~`#>]+|\s*[-–—]{2,}\s*")


def without_opening(sentence: str) -> int:
    """Where a sentence begins after a greeting, a name that it is directed to, or thanks.

    >>> "Hi Casey, please wait."[without_opening("Hi Casey, please wait."):]
    'please wait.'
    """
    start = 0
    while match := _PREFIX.match(sentence, start):
        if match.end() == start:
            break
        start = match.end()
    return start


def without_opinion(sentence: str, start: int = 0) -> int:
    """Where the statement begins after "I think that" and its like; ``start`` where it is put as a fact.

    >>> "I think that the cable is broken."[without_opinion("I think that the cable is broken."):]
    'the cable is broken.'
    """
    while found := _OPINION.match(sentence, start):
        start = found.end()
    return start


def without_link(sentence: str) -> int:
    """Where a sentence begins after the word that links it to one before it.

    >>> "So, is it safe?"[without_link("So, is it safe?"):], without_link("So far it is safe.")
    ('is it safe?', 0)
    """
    found = _LINK_WORD.match(sentence)
    return found.end() if found else 0


def is_chat(sentence: str) -> bool:
    """Whether a sentence tells nothing about the matter: a greeting, thanks, a plea, "same here".

    >>> is_chat("Thanks in advance!"), is_chat("Thanks to the reset it starts again, after ten seconds of holding.")
    (True, False)
    """
    bare = _bare(sentence)
    count = len(words(bare))
    return not count or any(count <= most and pattern.search(bare) for most, pattern in _CHAT)


def remark(sentence: str) -> str:
    """What an editor should look at in a sentence, as a message id; ``""``: nothing.

    >>> remark("My wife drinks it from time to time."), remark("Open *Meine Geräte*.")
    ('It is told in the first person.', '')
    """
    said = _QUOTED.sub(" ", sentence)
    return next((message for message, pattern in _REMARKS if pattern.search(said)), "")


def is_closing(sentence: str) -> bool:
    """Whether what follows a sentence can only be a name."""
    return bool(_CLOSING.search(_bare(sentence)))


def is_name(sentence: str, author: str) -> bool:
    """Whether a sentence is no more than the name of who wrote it."""
    said = words(fold(sentence))
    return 0 < len(said) <= _MOST_OF_A_NAME and set(said) <= {*words(fold(author)), fold(author)}


def is_short(sentence: str) -> bool:
    """Whether a sentence is no longer than a name."""
    return len(words(sentence)) <= _MOST_OF_A_NAME


def is_signature(sentence: str) -> bool:
    """Whether a sentence is no more than who wrote a letter and where they live.

    >>> is_signature("Best regards Max Miller, 12 Elm Street"), is_signature("Jo van Berg, Am Markt 3, 12345 Bonn")
    (True, True)
    >>> is_signature("Windows 11 Home, Version 23H2"), is_signature("It stands in Musterweg 3.")
    (False, False)
    """
    if _SIGNED.search(_bare(sentence)):
        return True
    said = [word for word in words(sentence) if word not in _NO_WORD]
    return bool(_STREET.search(sentence)) and all(word[0].isupper() or word[0].isdigit() for word in said)


def closing_lines(text: str) -> list[int]:
    """Where, within a paragraph, a line begins that is a closing: ``…\\nLG Tom``."""
    return [match.end() for match in _CLOSING_LINE.finditer(text)]


def _bare(sentence: str) -> str:
    """Lower case, ä as ae, without marks and punctuation except inside words."""
    return squeeze(re.sub(r"[^\w'\s-]|(?<!\w)-|-(?!\w)", " ", fold(_MARKUP.sub(" ", sentence))))
