import { expect, test } from "vitest";
import { colorText, type MessageRow, messageText, viewAround } from "./messages_answer";

const row: MessageRow = {
  side: "a",
  track: "messages",
  event: 3,
  time: 1_000_000,
  thread: 1,
  tid: 100,
  thread_name: "main",
  process: "demo",
  level: "info",
  color: null,
  text: "level loaded",
  file: "",
  line: 0,
  arguments: [],
};

test("a message is said with what was written beside it", () => {
  expect(messageText(row)).toBe("level loaded");
  const values = [
    { key: "level", value: "2" },
    { key: "seed", value: "7" },
  ];
  expect(messageText({ ...row, arguments: values })).toBe("level loaded · level=2 · seed=7");
});

test("the timeline shows a little around it, and nothing before the start", () => {
  expect(viewAround(20_000_000)).toEqual({ from: 15_000_000, to: 25_000_000 });
  expect(viewAround(1_000_000).from).toBe(0);
});

test("colours are those of CSS", () => {
  expect(colorText(0xff8800)).toBe("#ff8800");
  expect(colorText(0x12)).toBe("#000012");
});
