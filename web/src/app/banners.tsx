// What holds for all pages and must be seen: the server is gone, a recording is being opened, this
// is a report with parts left out.

import type { ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { percentText } from "../base/format";
import type { Loading } from "../engine/client";
import { useApp } from "../widgets/app_context";

const retryMs = 3_000;

export function Banners(props: {
  loading: ReadonlySignal<Loading | null>;
  isGone: ReadonlySignal<boolean>;
}) {
  const app = useApp();
  const isGone = props.isGone.value;
  const loading = props.loading.value;
  useEffect(() => {
    if (!isGone) return undefined;
    const timer = setInterval(() => {
      app.retries.value += 1;
    }, retryMs);
    return () => clearInterval(timer);
  }, [isGone]);
  const report = app.recordings.value?.report ?? null;
  return (
    <>
      {isGone && (
        <div class="banner" role="alert">
          <strong>The server is gone.</strong>
          <span>
            What is shown stays. Start it again: <code>hone view</code>, and open the address that
            it prints.
          </span>
          <button
            type="button"
            class="small"
            onClick={() => {
              app.retries.value += 1;
            }}
          >
            Try again
          </button>
        </div>
      )}
      {!isGone && loading !== null && (
        <div class="banner" role="status">
          <strong>Opening.</strong>
          <span>
            {loading.stage}
            {loading.share !== null && ` ${percentText(loading.share)}`}
          </span>
        </div>
      )}
      {report !== null && report.cut.length > 0 && (
        <details class="banner">
          <summary>A report: some of the recording is left out</summary>
          <ul>
            {report.cut.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
