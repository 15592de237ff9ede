// What the program wrote, by time: one message a row, of both recordings where two are compared.

import { countText, momentText } from "../../base/format";
import { shownText } from "../../base/text";
import { onPage, selectionOf, sidesOf } from "../../model/state";
import { eventText } from "../../model/timeline_types";
import { useApp } from "../../widgets/app_context";
import { type Column, DataTable } from "../../widgets/data_table";
import { NameText, PlaceText } from "../../widgets/name_text";
import { AbsentNote, EmptyNote, ProblemNote, Skeleton } from "../../widgets/states";
import { usePages } from "../../widgets/use_pages";
import { ThreadLink } from "./detail_links";
import {
  colorText,
  type MessageList,
  type MessageRow,
  messageText,
  viewAround,
} from "./messages_answer";

export function MessagesTab() {
  const app = useApp();
  const { store } = app;
  const state = store.state.value;
  const isCompared = state.b !== null;
  const order = state.sort === "time" ? state.order : "asc";
  const list = usePages<MessageList, MessageRow>("messages", {
    ...sidesOf(state),
    ...selectionOf(state),
    order,
    filter: state.search,
  });
  const select = (row: MessageRow): void => {
    store.set({ event: eventOf(row) }, true);
    app.say(`${shownText(messageText(row), 200)}, at ${momentText(row.time)}`);
  };
  const { head, rows } = list;
  if (list.problem !== null) return <ProblemNote problem={list.problem} again={list.again} />;
  if (head === null) return <Skeleton />;
  if (head.absent !== undefined && head.absent !== null) {
    return <AbsentNote absent={head.absent} title="Messages" />;
  }
  if (rows.length === 0) {
    return state.search === "" ? (
      <EmptyNote title="No message in what is selected" />
    ) : (
      <EmptyNote title={`No message or thread is named like "${shownText(state.search, 60)}"`} />
    );
  }
  return (
    <div class={`fill messages ${list.isStale ? "is-stale" : ""}`}>
      <p class="soft">
        {countText(head.rows_total)} {head.rows_total === 1 ? "message" : "messages"}. Enter or a
        double click shows one on the timeline.
      </p>
      <DataTable
        label="Messages"
        columns={isCompared ? [sideColumn, ...columns] : columns}
        rows={rows}
        total={head.rows_total}
        rowKey={eventOf}
        sort="time"
        order={order}
        onSort={(column, next) => store.set({ sort: column, order: next })}
        selected={state.event}
        onSelect={select}
        onOpen={(row) =>
          store.set(
            onPage(state, "timeline", {
              event: eventOf(row),
              view: viewAround(row.time),
              search: "",
            }),
          )
        }
        onEnd={list.more}
      />
    </div>
  );
}

function eventOf(row: MessageRow): string {
  return eventText(row);
}

const sideColumn: Column<MessageRow> = {
  id: "side",
  title: "Of",
  width: "3rem",
  cell: (row) => <b class="side-name">{row.side.toUpperCase()}</b>,
};

const columns: readonly Column<MessageRow>[] = [
  {
    id: "time",
    title: "Time",
    hint: "Since the recording's start",
    width: "7.5rem",
    isNumber: true,
    sortable: true,
    cell: (row) => momentText(row.time),
  },
  {
    id: "level",
    title: "Level",
    width: "5rem",
    cell: (row) => (
      <span class={`level level-${row.level}`}>
        {row.color !== null && (
          <span
            class="level-color"
            aria-hidden="true"
            style={{ background: colorText(row.color) }}
          />
        )}
        {row.level === "" ? "–" : row.level}
      </span>
    ),
  },
  {
    id: "thread",
    title: "Thread",
    width: "minmax(8rem, 0.6fr)",
    cell: (row) => (
      <ThreadLink name={row.thread_name} id={row.side === "a" ? row.thread : undefined} />
    ),
  },
  {
    id: "text",
    title: "Message",
    width: "minmax(16rem, 3fr)",
    cell: (row) => <NameText text={messageText(row)} />,
  },
  {
    id: "place",
    title: "Where",
    width: "minmax(8rem, 0.8fr)",
    cell: (row) => <PlaceText file={row.file} line={row.line} />,
  },
];
