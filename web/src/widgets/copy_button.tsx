import { useState } from "preact/hooks";
import { useApp } from "./app_context";

// Without a clipboard (a page that is not from loopback has none) the text is selected by hand, and
// the button says so.
export function CopyButton({ text, says }: { text: string; says: string }) {
  const app = useApp();
  const [state, setState] = useState<"" | "Copied" | "Not permitted here">("");
  const copy = async (): Promise<void> => {
    let done: typeof state = "Not permitted here";
    try {
      await navigator.clipboard.writeText(text);
      done = "Copied";
    } catch {
      // The browser said no: said to the person below.
    }
    setState(done);
    app.say(done);
    setTimeout(() => setState(""), 2_000);
  };
  return (
    <button type="button" class="small" title={says} onClick={() => void copy()}>
      {state === "" ? "Copy" : state}
      <span class="hidden"> {says}</span>
    </button>
  );
}
