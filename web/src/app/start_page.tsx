import { useApp } from "../widgets/app_context";
import { CopyButton } from "../widgets/copy_button";

// There is no recording yet.
export function StartPage() {
  const app = useApp();
  const command = "hone record -- ./app";
  return (
    <main id="page" class="page" tabIndex={-1}>
      <section class="note empty">
        <h1>No recording here yet</h1>
        <p>Make one, then start this again in the same folder:</p>
        <p class="command">
          <code>{command}</code>
          <CopyButton text={command} says="Copy the command" />
        </p>
        {app.recordings.value?.features.upload === true && (
          <p>Or drop a file on this page: a recording, or a trace of another tool.</p>
        )}
      </section>
    </main>
  );
}
