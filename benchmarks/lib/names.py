"""One spelling for the names that two demanglers give a function: no parameters, no return type."""
import re

_CALL = "\x01"     # stands for the parentheses that are part of a name
_ANGLES = {"operator<=>": "\x02", "operator<<=": "\x03", "operator>>=": "\x04",
           "operator<<": "\x05", "operator>>": "\x06", "operator<=": "\x07",
           "operator>=": "\x0e", "operator->*": "\x0f", "operator->": "\x10",
           "operator<": "\x11", "operator>": "\x12"}


def _at_depth_0(name):
    """(index, character) of what stands in no template argument list and in no braces."""
    depth = 0
    for index, character in enumerate(name):
        if character in ">}" and depth:
            depth -= 1
        if depth == 0:
            yield index, character
        if character in "<{":
            depth += 1


def plain(name):
    name = re.sub(r"( ?\[clone [^\]]*\])+$", "", name.strip())
    name = re.sub(r"\.(cold|part\.\d+|constprop\.\d+|isra\.\d+)", "", name)
    name = name.replace("(anonymous namespace)", "{anonymous}").replace("operator()",
                                                                        "operator" + _CALL)
    for spelled, stand_in in _ANGLES.items():
        name = name.replace(spelled, "operator" + stand_in)
    for index, character in _at_depth_0(name):
        if character == "(":
            name = name[:index]
            break
    last_blank = max((i for i, c in _at_depth_0(name) if c == " "), default=-1)
    if "operator " not in name:
        name = name[last_blank + 1:]
    return re.sub(r"\s+", "", name)
