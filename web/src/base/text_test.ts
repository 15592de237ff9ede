import { expect, test } from "vitest";
import { baseName, nameForms, shownText } from "./text";

test("what cannot be seen is shown as such, and turns nothing around", () => {
  expect(shownText("a\u202eb\nc")).toBe("a\ufffdb\ufffdc");
  expect(shownText("<b>bold</b>")).toBe("<b>bold</b>");
});

test("long names are cut, not in the middle of a character", () => {
  expect(shownText("x".repeat(10_000))).toHaveLength(300);
  expect(shownText("ab\u{1f600}cd", 4)).toBe("ab…");
  expect(shownText("abcd", 4)).toBe("abcd");
});

test("names have shorter forms", () => {
  expect(nameForms("ns::Tree<std::pair<int, int>>::insert(int const&) const")).toEqual([
    "ns::Tree<std::pair<int, int>>::insert(int const&) const",
    "ns::Tree::insert",
    "insert",
  ]);
  expect(nameForms("(anonymous namespace)::run()")).toEqual([
    "(anonymous namespace)::run()",
    "run",
  ]);
  expect(nameForms("libfoo.so+0x12ab")).toEqual(["libfoo.so+0x12ab", "+0x12ab"]);
  expect(nameForms("main")).toEqual(["main"]);
  expect(nameForms("[anon]")).toEqual(["[anon]"]);
});

test("odd brackets leave a name as it is", () => {
  for (const name of ["a::operator()(int)", "a>b", "<lambda>", "a::"]) {
    expect(nameForms(name)[0]).toBe(name);
  }
  expect(nameForms("std::vector<int, A<int> >::operator[](unsigned long)")).toEqual([
    "std::vector<int, A<int> >::operator[](unsigned long)",
    "std::vector::operator[]",
    "operator[]",
  ]);
  expect(nameForms("bool std::operator< <char>(A<char> const&, A<char> const&)")).toContain(
    "bool std::operator<",
  );
  expect(nameForms("a::operator()(int)")).toContain("a::operator()");
  expect(nameForms("operator new(unsigned long)")).toContain("operator new");
  expect(nameForms("x::operator<<(std::ostream&)")).toContain("x::operator<<");
});

test("the last part of a path", () => {
  expect(baseName("/usr/lib/libc.so.6")).toBe("libc.so.6");
  expect(baseName("main.cc")).toBe("main.cc");
});

test("a name that is cut within brackets says that there is more of it", () => {
  expect(nameForms("std::map<int, std::less<in")).toContain("std::map…");
});
