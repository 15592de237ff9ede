'use strict';

// What the page can do beyond being read: everything here is an addition to a page that is whole
// without it.
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const say = (text) => { document.getElementById('live').textContent = text; };
  document.documentElement.classList.add('scripted');

  // ---- flame graph
  const host = document.getElementById('flame-host');
  const flame = host ? honeFlame(host, JSON.parse(document.getElementById('hone-flame').textContent)) : null;

  // ---- light and dark: follows the system until the person chooses
  const theme = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (document.documentElement.dataset.theme || (system.matches ? 'dark' : 'light')) === 'dark';
  const label = () => { theme.textContent = isDark() ? 'Light' : 'Dark'; };
  theme.hidden = false;
  theme.title = 'Change between light and dark';
  theme.addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    label();
  });
  system.addEventListener('change', label);
  label();

  // ---- which grouping is shown
  const groups = all('.group'), tabs = all('.tabs button');
  const show = (by) => {
    for (const group of groups) group.hidden = group.dataset.by !== by;
    for (const tab of tabs) tab.setAttribute('aria-pressed', String(tab.dataset.by === by));
    applyFilter();
  };
  for (const tab of tabs) tab.addEventListener('click', () => show(tab.dataset.by));

  // ---- filter
  const filter = document.getElementById('filter'), filtered = document.getElementById('filtered');
  function applyFilter() {
    const group = groups.find((g) => !g.hidden);
    if (!group || !filter) return;
    const words = filter.value.toLowerCase().split(/\s+/).filter((w) => w);
    let shown = 0;
    const rows = all('tbody tr', group);
    for (const row of rows) {
      const name = row.querySelector('.name').title, rest = row.textContent;
      const text = (name + ' ' + rest).toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown++;
    }
    filtered.textContent = words.length ? `${shown} of ${rows.length} rows` : '';
  }
  if (filter) {
    document.querySelector('.tools').hidden = false;
    filter.addEventListener('input', applyFilter);
    filter.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      filter.value = '';
      applyFilter();
    });
    show(groups[0].dataset.by);
  }

  // ---- sorting
  for (const table of all('.spots')) {
    const heads = all('th', table);
    heads.forEach((head, column) => {
      const button = head.querySelector('button');
      if (!button) return;
      button.addEventListener('click', () => {
        const numeric = head.classList.contains('n');
        const before = head.getAttribute('aria-sort');
        const order = before ? (before === 'descending' ? 'ascending' : 'descending') : numeric ? 'descending' : 'ascending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', order);
        const sign = order === 'ascending' ? 1 : -1;
        const value = (row) => {
          const cell = row.cells[column];
          return numeric ? Number(cell.dataset.v) : cell.title || cell.textContent;
        };
        const rows = [...table.tBodies[0].rows].map((row) => [value(row), row]);
        rows.sort(([a], [b]) => sign * (numeric ? a - b : a.localeCompare(b)));
        table.tBodies[0].append(...rows.map(([, row]) => row));
        say(`Sorted by ${button.textContent}, ${order}`);
      });
    });
  }

  // ---- arrows walk the rows' links, so that the table can be read without the mouse
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '/' && !event.target.matches('input') && filter) {
      event.preventDefault();
      const inFlame = flame && host.contains(document.activeElement);
      (inFlame ? flame.input : filter).focus();
      return;
    }
    const table = event.target.closest && event.target.closest('.spots');
    if (!table || !['ArrowDown', 'ArrowUp'].includes(event.key)) return;
    const links = all('tbody tr:not([hidden]) a, thead button', table);
    const next = links[links.indexOf(event.target) + (event.key === 'ArrowDown' ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  // ---- a link to a function's code opens it
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === 'DETAILS') target.open = true;
  };
  addEventListener('hashchange', open);
  open();

  // ---- instructions open at the hottest
  for (const code of all('details.asm')) {
    code.addEventListener('toggle', () => {
      const hot = code.querySelector('td.hot');
      if (code.open && hot) hot.closest('.tablebox').scrollTop = hot.parentElement.offsetTop - 120;
    }, { once: true });
  }

  // ---- paper shows everything
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = all('details:not([open])').filter((d) => !d.classList.contains('asm'));
    for (const d of closed) d.open = true;
  });
  addEventListener('afterprint', () => { for (const d of closed) d.open = false; });
})();
