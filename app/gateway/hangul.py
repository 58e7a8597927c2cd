"""Finding Korean names as people type them: ㅅㅅㅈ, 삼ㅅ and 삼성 all lead to 삼성전자."""

_FIRST, _LAST = ord("가"), ord("힣")
_EACH = 28 * 21  # syllables with one initial: Unicode's order, by initial, vowel, final
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"


def initial(letter: str) -> str:
    """Return the consonant that a Korean syllable begins with; any other letter as it is."""
    code = ord(letter)
    return _INITIALS[(code - _FIRST) // _EACH] if _FIRST <= code <= _LAST else letter


def place(name: str, typed: str) -> int | None:
    """Return where in ``name`` what was typed begins; None when it is not there.

    A typed consonant stands for every syllable that begins with it; capitals do not matter.
    """
    whole, wanted = name.casefold(), typed.casefold()
    initials = "".join(map(initial, whole))
    for start in range(len(whole) - len(wanted) + 1):
        part = zip(whole[start:], initials[start:], wanted, strict=False)
        if all(letter in (syllable, consonant) for syllable, consonant, letter in part):
            return start
    return None
