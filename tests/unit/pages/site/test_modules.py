"""ES modules become one classic script, in the order of their imports; another form of module is refused."""

import re

import pytest

from explorer.pages.site.embed import joined, read_module, worker_source


def test_imports_and_exports_become_constants_and_a_result() -> None:
    source = (
        '/** A comment with import("./other.js"). */\n'
        'import { a, b as c } from "./x.js";\n'
        'import {\n  d,\n} from "../y.js";\n'
        "// export const left = 1;\n"
        "export const WIDTH = 1, HEIGHT = -2;\n"
        'export async function f() { return (await import("../z.js")).g; }\n'
        "export class K {}\nconst place = import.meta.url;\n"
    )
    found = read_module("folder/m.js", source)
    assert found.needs == {"folder/x.js": ("a", "b"), "y.js": ("d",)} and found.later == ("z.js",)
    assert found.exports == ("WIDTH", "HEIGHT", "f", "K")
    assert found.body == (
        'const { a, b: c } = $m["folder/x.js"];\nconst { d } = $m["y.js"];\n'
        "const WIDTH = 1, HEIGHT = -2;\n"
        'async function f() { return (await Promise.resolve($m["z.js"])).g; }\n'
        "class K {}\nconst place = document.baseURI;\nreturn { WIDTH, HEIGHT, f, K };\n"
    )


def test_a_list_of_exports_at_the_end_names_what_they_are_called_inside() -> None:
    found = read_module("m.js", "var a=1,b=2;export{a as first,b};\n")
    assert found.exports == ("first", "b")
    assert found.body == "var a=1,b=2;\nreturn { first: a, b };\n"


@pytest.mark.parametrize(
    "source",
    [
        'import x from "./x.js";\n',
        'import "./x.js";\n',
        "export default 1;\n",
        "export * from a;\n",
        'f("</script>");\n',
    ],
)
def test_another_form_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="cannot be joined"):
        read_module("m.js", source)


@pytest.mark.parametrize("script", [joined("js/site/run_file.js"), joined("js/site/twin.js"), worker_source()])
def test_each_module_stands_once_and_after_those_it_needs(script: str) -> None:
    there: list[str] = []
    for name, need in re.findall(r'^\$m\["([^"]+)"\] = |^const \{.*\} = \$m\["([^"]+)"\];', script, re.MULTILINE):
        if need:
            assert need in there[:-1], "only what stands before"
        else:
            there.append(name)
    assert len(there) == len(set(there)) > 5
    assert "@typedef" not in script
