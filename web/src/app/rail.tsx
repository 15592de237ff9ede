import { onPage, toHash } from "../model/state";
import { pageEntries } from "../views/registry";
import { useApp } from "../widgets/app_context";

// Pages whose data no recorder makes yet stay here, dimmed, and say what would record it.
const withoutData = new Set(["memory", "benchmarks", "causal", "scale", "live"]);

export function Rail() {
  const { store, keys } = useApp();
  const state = store.state.value;
  return (
    <nav class="rail" aria-label="Pages">
      <div class="brand">
        H<span>one</span>
      </div>
      {pageEntries.map(({ page, name, sign }) => (
        <a
          key={page}
          href={toHash(onPage(state, page))}
          class={withoutData.has(page) ? "is-absent" : ""}
          aria-current={state.page === page ? "page" : undefined}
          title={keys.hint(name, `page.${page}`)}
        >
          <i aria-hidden="true">{sign}</i>
          <span>{name}</span>
        </a>
      ))}
    </nav>
  );
}
