// The editor: colours, completion by the server, Ctrl+Enter runs. Fetched with this page alone.

import {
  autocompletion,
  type CompletionContext,
  completionKeymap,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { SQLite, sql } from "@codemirror/lang-sql";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "preact/hooks";

const colors = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--act)" },
  { tag: tags.number, color: "var(--hit)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);

const looks = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--panel)", color: "var(--text)" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "13px", lineHeight: "1.5" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--soft)", border: "0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-ground) !important",
  },
  ".cm-tooltip": { backgroundColor: "var(--panel)", borderColor: "var(--control)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent-ground)",
    color: "var(--text)",
  },
});

export interface EditorProps {
  readonly text: string; // to begin with
  // Text that comes from elsewhere (the history, the schema) replaces what stands there when `turn`
  // changes. What is typed is never given back: by the time it came, more would have been typed.
  readonly picked: { readonly text: string; readonly turn: number };
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
  // Names that may follow what stands before the cursor.
  readonly complete: (before: string) => Promise<readonly string[]>;
}

export default function Editor(props: EditorProps) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    if (box.current === null) return undefined;
    const source = async (context: CompletionContext): Promise<CompletionResult | null> => {
      const word = context.matchBefore(/[\w.]*/);
      if (word === null || (word.from === word.to && !context.explicit)) return null;
      const names = await latest.current.complete(context.state.sliceDoc(0, context.pos));
      const dot = word.text.lastIndexOf(".");
      return { from: word.from + dot + 1, options: names.map((label) => ({ label })) };
    };
    view.current = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          placeholder("select name, count, total from span_stats order by total desc"),
          sql({ dialect: SQLite }),
          syntaxHighlighting(colors),
          autocompletion({ override: [source] }),
          keymap.of([
            {
              key: "Ctrl-Enter",
              mac: "Cmd-Enter",
              run: () => {
                latest.current.onRun();
                return true;
              },
            },
            ...completionKeymap,
            ...defaultKeymap,
            ...historyKeymap,
          ]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "SQL statement" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
          looks,
        ],
      }),
    });
    view.current.scrollDOM.tabIndex = 0; // what scrolls is to be reached by keys
    return () => view.current?.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || props.picked.turn === 0) return;
    const { length } = editor.state.doc;
    editor.dispatch({ changes: { from: 0, to: length, insert: props.picked.text } });
    editor.focus();
  }, [props.picked.turn]);

  return <div ref={box} class="sql-editor" />;
}
