"""The words that codecs write where a state is meant: in any case, with any separators, and in a few languages."""

from collections.abc import Mapping
from functools import lru_cache

from devices.values import Reader

FOLD_LIMIT = 64
"""Characters of a key or a word; whatever is longer is neither."""


@lru_cache(maxsize=4_096)
def fold(text: str) -> str:
    """A key or word without case and separators: `WATER_LEAK_STATUS` and `Water leak status` are one.

    Give it texts of at most FOLD_LIMIT characters: the answers are kept.
    """
    return "".join(character for character in text.casefold() if character.isalnum())


def meanings(true: str, false: str) -> dict[str, bool]:
    """Folded word to its meaning, from two lists with commas."""
    return dict.fromkeys(map(fold, false.split(",")), False) | dict.fromkeys(map(fold, true.split(",")), True)


_YES = "true,yes,on,1,active,activated,alarm,alarmed,alert,detected,trigger,triggered,ja,oui,si,sí,vrai,wahr,"
_NO = (
    "false,no,off,0,inactive,normal,idle,clear,cleared,ok,none,no alarm,not detected,undetected,not triggered,"
    "untriggered,released,alarm release,safe,nein,non,nee,faux,falsch,"
)

OPENING = meanings(
    "open,opened,is open,door open,offen,geöffnet,auf,ouvert,ouverte,geopend,abierto,abierta,aperto,aperta",
    "close,closed,is closed,shut,door closed,contact,geschlossen,zu,fermé,fermée,ferme,fermee,gesloten,dicht,"
    "cerrado,cerrada,chiuso,chiusa",
)
"""Words for a door or window. Yes and no are not among them: a contact that says yes may be made or broken."""

_WORDS: dict[str, dict[str, bool]] = {
    "motion": meanings(
        _YES + "motion,movement,moving,motion detected,movement detected,pir trigger,occupied,presence,present,"
        "bewegung,mouvement,beweging,movimiento,movimento",
        _NO + "no motion,no movement,no motion detected,pir idle,vacant,unoccupied,not occupied,empty,absent,"
        "keine bewegung,aucun mouvement,pas de mouvement,geen beweging,sin movimiento,nessun movimento",
    ),
    "presence": meanings(
        _YES + "occupied,occuppied,presence,present,somebody,belegt,besetzt,anwesend,occupé,occupe,bezet,"
        "ocupado,occupato",
        _NO + "vacant,unoccupied,not occupied,empty,absent,absence,nobody,free,frei,leer,abwesend,libre,vrij,libero",
    ),
    "leak": meanings(
        _YES + "leak,leaking,leakage,leaked,leak detected,water,water leak,water detected,wet,flood,flooded,"
        "flood detected,leck,wasser,nass,fuite,lek,lekkage,nat,fuga,perdita",
        _NO + "no leak,noleak,not leak,not leaking,no leakage,no water,no water leak,dry,no flood,kein leck,trocken,"
        "pas de fuite,aucune fuite,geen lek,droog,seco,sec,asciutto,sin fuga",
    ),
    "smoke": meanings(
        _YES + "smoke,fire,smoke alarm,fire alarm,smoke detected,rauch,fumée,fumee,rook,humo,fumo",
        _NO + "no smoke,no fire,no smoke detected,kein rauch,pas de fumée,geen rook",
    ),
    "tamper": meanings(
        _YES + "tamper,tampered,tamper detected,uninstalled,removed,disassembled,dismantled,opened,open",
        _NO + "installed,not tampered,no tamper,untampered,secured,closed,close",
    ),
    "vibration": meanings(_YES + "vibration,vibrating,shock,shaking,impact", _NO + "no vibration,still,no shock"),
    "gas": meanings(_YES + "gas,leak,abnormal,gas detected", _NO + "no gas,no leak"),
    "fall": meanings(_YES + "fall,fallen,fall detected,fall alarm", _NO + "no fall,not fallen"),
    "battery_low": meanings(
        _YES + "low,critical,replace,empty,very low,ultra low", _NO + "good,high,medium,full,not low,high battery"
    ),
    "switch": meanings("on,true,1,h,high,active,ein,an,marche,aan", "off,false,0,l,low,inactive,aus,arret,arrêt,uit"),
    "bed": meanings(_YES + "in bed,occupied", _NO + "out of bed,vacant,unoccupied"),
    "chair": meanings(_YES + "occupied,seated,sitting", _NO + "vacant,unoccupied,empty"),
}
_OTHERS = meanings(_YES, _NO)


def state(quantity: str, *, words: Mapping[str, bool] | None = None, inverted: bool = False) -> Reader:
    """A reader of a two-valued quantity: true, false, 1, 0, or a word that means it. `inverted`: 1 is the good case."""
    known = words if words is not None else _WORDS.get(quantity, _OTHERS)

    def read(raw: object) -> bool | None:
        kind = type(raw)
        if kind is str:
            value = known.get(fold(raw)) if len(raw) <= FOLD_LIMIT else None  # type: ignore[arg-type]
        elif kind is bool or ((kind is int or kind is float) and raw in (0, 1)):
            value = bool(raw)
        else:
            return None
        return value if value is None or not inverted else not value

    return read


def opening(*, true_is_open: bool | None = None) -> Reader:
    """A reader of a door or window: words, and true and false too where the key tells which of them is open."""

    def read(raw: object) -> bool | None:
        if isinstance(raw, str) and len(raw) <= FOLD_LIMIT and (value := OPENING.get(fold(raw))) is not None:
            return value
        if true_is_open is None:
            return None
        flag = _FLAG(raw)
        return None if flag is None else bool(flag) is true_is_open

    return read


_FLAG = state("flag")
