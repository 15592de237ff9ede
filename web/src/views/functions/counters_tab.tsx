// What the system counted: one row a track, with its course over time.

import { useState } from "preact/hooks";
import { countText, percentText, signedText } from "../../base/format";
import { shownText } from "../../base/text";
import { useApp } from "../../widgets/app_context";
import { NameText } from "../../widgets/name_text";
import { Strip } from "../../widgets/strip";
import { Lacking } from "./detail_table";
import { nameOfParts, type Pair, paired, trackText, trackTotalText } from "./details_match";
import type { Counters, DetailSide, Track } from "./details_types";

const atATime = 60; // each has a picture of its own

export function CountersTab({ a, b }: { a: DetailSide; b: DetailSide | null }) {
  return (
    <Lacking title="Counters" a={a.counters} b={b === null ? null : b.counters}>
      <Tracks a={a.counters} b={b === null ? null : b.counters} />
    </Lacking>
  );
}

function Tracks({ a, b }: { a: Counters; b: Counters | null }) {
  const { search } = useApp().store.state.value;
  const [most, setMost] = useState(atATime);
  const all = paired(a.tracks ?? [], b?.tracks ?? [], (track) =>
    nameOfParts(track.scope, track.of, track.name),
  );
  const rows = all.filter(({ id }) => id.toLowerCase().includes(search.toLowerCase()));
  const isTwo = b !== null;
  return (
    <section class="detail">
      <h2>Counters</h2>
      <p class="soft">
        All on one axis of time, from the start of the recording to its end; each begins at zero.
        What is added up is shown by second{isTwo ? "; B is the line, and the second number" : ""}.
      </p>
      {rows.length === 0 ? (
        <p class="soft">
          {search === "" ? "None in what is selected." : "Nothing here is named like the search."}
        </p>
      ) : (
        <div class="detail-scroll" tabIndex={0} role="region" aria-label="Counters">
          <table class="detail-counters">
            <thead>
              <tr>
                <th scope="col">Of</th>
                <th scope="col">Counter</th>
                <th scope="col">Over time</th>
                {["Least", "Mean", "Most", "Total"].map((title) => (
                  <th key={title} scope="col" class="number">
                    {title}
                  </th>
                ))}
                {isTwo && (
                  <th scope="col" class="number" title="B less A">
                    Δ mean
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, most).map((pair) => (
                <TrackRow key={pair.id} pair={pair} isTwo={isTwo} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > most && (
        <button type="button" onClick={() => setMost(most + atATime)}>
          Show more: {countText(rows.length - most)} are left
        </button>
      )}
      {(a.tracks_hidden ?? 0) > 0 && (
        <p class="soft">
          {countText(a.tracks_hidden ?? 0)} more: <code>hone report --counters --json</code>
        </p>
      )}
    </section>
  );
}

// What is added up and read twice has a total, and no course; nor has a level that was the same
// both times: nobody looked between them.
function hasCourse(track: Track | null): boolean {
  if (track === null || track.readings > 2) return track !== null;
  return track.kind !== "rate" && track.least !== track.most;
}

function TrackRow({ pair, isTwo }: { pair: Pair<Track>; isTwo: boolean }) {
  const track = pair.a ?? pair.b;
  if (track === null) return null;
  const numbers: readonly ((one: Track) => string)[] = [
    (one) => trackText(one, one.least),
    (one) => trackText(one, one.mean),
    (one) => trackText(one, one.most),
    trackTotalText,
  ];
  return (
    <tr>
      <td>
        <NameText text={track.of} none="–" />
      </td>
      <th scope="row">
        <code>
          <NameText text={track.name} />
        </code>
        {(track.counted_share ?? 1) < 1 && (
          <div class="soft">
            counted {percentText(track.counted_share ?? 1)} of the time, the rest estimated
          </div>
        )}
      </th>
      <td class="detail-strip">
        {hasCourse(pair.a) || hasCourse(pair.b) ? (
          <Strip
            label={shownText(`${track.name} of ${track.of}`, 120)}
            values={pair.a?.points ?? []}
            other={isTwo ? (pair.b?.points ?? []) : undefined}
            text={(value) => trackText(track, value)}
            height={28}
          />
        ) : (
          <span class="soft">read at the start and the end alone</span>
        )}
      </td>
      {numbers.map((say, i) => (
        <td key={i} class="number">
          {pair.a === null ? "–" : say(pair.a)}
          {isTwo && <div class="soft">{pair.b === null ? "–" : say(pair.b)}</div>}
        </td>
      ))}
      {isTwo && (
        <td class="number">
          <Difference pair={pair} track={track} />
        </td>
      )}
    </tr>
  );
}

function Difference({ pair, track }: { pair: Pair<Track>; track: Track }) {
  const [one, other] = [pair.a?.mean ?? null, pair.b?.mean ?? null];
  if (pair.a === null || pair.b === null) return <>{pair.b === null ? "only in A" : "only in B"}</>;
  if (one === null || other === null) return <>–</>;
  const change = other - one;
  return (
    <span class={`delta ${change > 0 ? "more" : change < 0 ? "less" : "same"}`}>
      {signedText(change, (size) => trackText(track, size))}
    </span>
  );
}
