// Stands in for the SQL page in report files, which hold answers and no tables.

import { EmptyNote } from "../../widgets/states";

export default function SqlInReport() {
  return (
    <>
      <h1 class="hidden">SQL</h1>
      <EmptyNote title="SQL needs the recording">
        <p>
          A report holds answers, not tables. With the recording: <code>hone query FILE</code>, or{" "}
          <code>hone view FILE</code>.
        </p>
      </EmptyNote>
    </>
  );
}
