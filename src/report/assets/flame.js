'use strict';

// Draws a flame graph into `host` and makes it answer to mouse and keyboard. `data` holds the tree
// as columns in depth-first order (docs/reference/json.md, "Flame graph"). Only frames wide enough
// to be seen are put on the page; the rest are drawn as one grey bar a run.
function honeFlame(host, data) {
  const SVG = 'http://www.w3.org/2000/svg';
  const ROW = 20, LETTER = 6.93, SMALLEST = 2, PAD = 5;
  const { names, modules, depth, name, total, self } = data;
  const count = depth.length;
  const inlined = new Set(data.inlined);

  // ---- the tree, from its columns
  const parent = new Int32Array(count), end = new Int32Array(count), start = new Float64Array(count);
  {
    const open = [], filled = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      while (open.length > depth[i]) end[open.pop()] = i;
      const up = open.length ? open[open.length - 1] : -1;
      parent[i] = up;
      if (up >= 0) {
        start[i] = start[up] + filled[up];
        filled[up] += total[i];
      }
      open.push(i);
    }
    for (const i of open) end[i] = count;
  }

  // ---- words
  const percent = (share) => {
    const p = share * 100;
    return (p >= 99.95 ? p.toFixed(0) : p >= 0.1 || p === 0 ? p.toFixed(1) : p.toFixed(2)) + '%';
  };
  const duration = (units) => {
    const ns = units * data.unit_ns;
    if (ns === 0) return '0';
    if (data.of_unit === 'count') return ns.toLocaleString('en');
    const three = (v) => (v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v.toFixed(2));
    if (data.of_unit === 'bytes') {
      if (ns >= 1e9) return three(ns / 1e9) + ' GB';
      if (ns >= 1e6) return three(ns / 1e6) + ' MB';
      return ns >= 1e3 ? three(ns / 1e3) + ' kB' : ns + ' B';
    }
    if (ns >= 1e9) return three(ns / 1e9) + ' s';
    if (ns >= 1e6) return three(ns / 1e6) + ' ms';
    return three(ns / 1e3) + ' µs';
  };
  const moduleOf = (i) => modules[data.name_module[name[i]]] || '';
  const all = total[0] || 1;
  const sentence = (i) => `${names[name[i]]}, ${percent(total[i] / all)} of ${data.of}, ` +
    `${percent(self[i] / all)} of its own${moduleOf(i) ? ', ' + moduleOf(i) : ''}` +
    (inlined.has(i) ? ', inlined' : '');

  // The name in `letters` letters: template arguments go first, then parameters, then the
  // namespaces, then the end. As shorten_label() in names.cc.
  const isBracket = (text, at) => {
    const before = text.slice(0, at);
    if (text[at] === '<') return !before.endsWith('operator') && !before.endsWith('operator<');
    return !before.endsWith('operator') && !text.startsWith('(anonymous namespace)', at);
  };
  const hollow = (text, open, close) => {
    let out = '', deep = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text[i];
      if (c === open && (deep > 0 || isBracket(text, i))) {
        if (deep++ === 0) out += text[i + 1] === close ? c : c + '…';
        continue;
      }
      if (c === close && deep > 0 && text[i - 1] !== '-') deep--;
      if (deep === 0) out += c;
    }
    return deep === 0 ? out : text;
  };
  const shortened = new Map();
  const forms = (text) => {
    let found = shortened.get(text);
    if (!found) {
      const bare = hollow(text, '<', '>');
      const call = hollow(bare, '(', ')');
      const plain = call.replace(/\(…\)( const)?$/, '').replace(/<…>/g, '');
      found = [text, bare, call, plain, plain.slice(plain.lastIndexOf('::') < 0 ? 0 : plain.lastIndexOf('::') + 2)];
      shortened.set(text, found);
    }
    return found;
  };
  const fit = (text, letters) => {
    if (letters < 3) return '';
    const all = forms(text);
    return all.find((f) => f.length <= letters) || all[4].slice(0, letters - 1) + '…';
  };

  // ---- the page
  const element = (tag, attributes, ...children) => {
    const made = document.createElementNS('http://www.w3.org/1999/xhtml', tag);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const shape = (tag, attributes) => {
    const made = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const pattern = (id, ground, line, turn) => {
    const made = shape('pattern', { id, width: 7, height: 7, patternUnits: 'userSpaceOnUse',
      patternTransform: `rotate(${turn})` });
    made.append(shape('rect', { class: ground, width: 7, height: 7 }),
      shape('path', { class: line, d: 'M0 0V7' }));
    return made;
  };

  const input = element('input', { type: 'search', placeholder: 'Search functions: text or a regular expression',
    'aria-label': 'Search functions', autocomplete: 'off', spellcheck: 'false' });
  const matched = element('output', { 'aria-live': 'polite' });
  const out = element('button', { type: 'button', title: 'Zoom out (Backspace)' }, 'Zoom out');
  const reset = element('button', { type: 'button', title: 'Show everything (0)' }, 'Reset');
  const turn = element('button', { type: 'button', 'aria-pressed': 'false', title: 'Put the root at the bottom' }, 'Flip');
  const help = element('button', { type: 'button', 'aria-expanded': 'false', title: 'Keys (?)' }, 'Keys');
  const keys = element('p', { class: 'hf-keys', hidden: '' });
  for (const [key, what] of [['← → ↑ ↓', 'walk the frames'], ['Enter', 'zoom in'], ['Esc', 'or'],
    ['Backspace', 'zoom out'], ['0', 'show everything'], ['/', 'search'], ['n', 'and'],
    ['N', 'next and previous match'], ['i', 'flip'], ['?', 'these keys']]) {
    keys.append(element('kbd', {}, key), ` ${what} \u2003`);
  }
  const svg = shape('svg', { tabindex: 0, role: 'tree', 'aria-label': 'Flame graph: ' + data.title,
    'aria-describedby': 'hf-how' });
  const scroll = element('div', { class: 'hf-scroll' });
  const live = element('p', { class: 'hf-live', 'aria-live': 'polite', id: 'hf-how' },
    'Arrows walk the frames, Enter zooms in, Backspace zooms out, slash searches.');
  const tip = element('div', { class: 'hf-tip', role: 'tooltip', hidden: '' });
  const legend = element('ul', { class: 'hf-legend', 'aria-label': 'Colours' });
  scroll.append(svg);
  const root = element('div', { class: 'hf' },
    element('div', { class: 'hf-bar', role: 'search' }, input, matched, out, reset, turn, help),
    keys, scroll, legend, live, tip);
  host.replaceChildren(root);

  // ---- what is shown
  const state = { zoom: 0, past: [], active: 0, icicle: data.icicle, search: null, hits: null, frames: [] };

  const layout = (width) => {
    const frames = [], from = state.zoom, scale = width / (total[from] || 1);
    const left = start[from];
    for (let i = parent[from]; i >= 0; i = parent[i]) frames.push({ i, x: 0, w: width, d: depth[i], up: true });
    frames.reverse();
    const folds = [];
    for (let i = from; i < end[from];) {
      const x = (start[i] - left) * scale, w = total[i] * scale;
      if (w >= SMALLEST) {
        frames.push({ i, x, w, d: depth[i], up: false });
        i++;
        continue;
      }
      // A run of small frames side by side becomes one bar; what hangs below them is not drawn.
      const fold = folds[depth[i]];
      if (fold && x - (fold.x + fold.w) < 0.5) {
        fold.w = x + w - fold.x;
        fold.n++;
        fold.units += total[i];
      } else {
        frames.push(folds[depth[i]] = { i: -1, x, w, d: depth[i], n: 1, units: total[i] });
      }
      i = end[i];
    }
    return frames.filter((f) => f.i >= 0 || f.w >= 1);
  };

  const draw = () => {
    const width = Math.max(240, scroll.clientWidth - 8);
    const frames = layout(width);
    const deepest = frames.reduce((most, f) => Math.max(most, f.d), 0);
    const height = (deepest + 1) * ROW;
    const part = document.createDocumentFragment();
    const marks = document.createDocumentFragment();
    let dashes = '';
    for (const f of frames) {
      f.y = state.icicle ? f.d * ROW : height - (f.d + 1) * ROW;
      const w = Math.max(f.w - 0.5, 0.5).toFixed(2), x = f.x.toFixed(2);
      if (f.i < 0) {
        part.append(shape('rect', { class: 'hf-frame cf', x, y: f.y, width: w, height: ROW - 1, 'data-small': f.n,
          'data-units': f.units }));
        continue;
      }
      const hit = state.hits && state.hits[name[f.i]] ? ' hit' : '';
      part.append(shape('rect', { id: 'hf-' + f.i, role: 'treeitem', 'aria-level': f.d + 1,
        'aria-label': sentence(f.i), class: `hf-frame ${data.name_color[name[f.i]]}${hit}${f.up ? ' up' : ''}`,
        x, y: f.y, width: w, height: ROW - 1, rx: 1.5 }));
      const text = fit(names[name[f.i]], Math.floor((f.w - 2 * PAD) / LETTER));
      const dashed = inlined.has(f.i);
      if (dashed && f.w > 8) dashes += `M${(f.x + 3).toFixed(1)} ${f.y + ROW - 3.5}h${(f.w - 6).toFixed(1)}`;
      if (text) {
        const label = shape('text', { class: `hf-t${dashed ? ' i' : ''}${hit}`, x: (f.x + PAD).toFixed(1), y: f.y + 14,
          'aria-hidden': 'true' });
        label.textContent = text;
        marks.append(label);
      }
    }
    const defs = shape('defs', {});
    defs.append(pattern('hf-kernel', 'hk-ground', 'hk-line', 45), pattern('hf-broken', 'hb-ground', 'hb-line', -45));
    svg.replaceChildren(defs, part, shape('path', { class: 'hf-inlined', d: dashes || 'M0 0' }), marks,
      shape('rect', { class: 'hf-ring', rx: 2 }));
    svg.setAttribute('width', width);
    svg.setAttribute('height', height);
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.classList.toggle('searching', state.hits !== null);
    svg.dataset.frames = frames.length;
    svg.dataset.zoom = names[name[state.zoom]];
    out.disabled = reset.disabled = state.zoom === 0;
    state.frames = frames;
    place();
  };

  const frameOf = (i) => state.frames.find((f) => f.i === i);
  const place = () => {
    let f = frameOf(state.active);
    while (!f && state.active > 0) {
      state.active = parent[state.active];
      f = frameOf(state.active);
    }
    f = f || frameOf(state.zoom);
    state.active = f.i;
    const ring = svg.querySelector('.hf-ring');
    ring.setAttribute('x', f.x + 1);
    ring.setAttribute('y', f.y + 1);
    ring.setAttribute('width', Math.max(f.w - 2, 1));
    ring.setAttribute('height', ROW - 3);
    svg.setAttribute('aria-activedescendant', 'hf-' + f.i);
    svg.dataset.active = names[name[f.i]];
    return f;
  };

  // ---- details
  const describe = (i) => {
    const rows = element('table', {});
    const row = (label, units) => element('tr', {}, element('td', {}, label),
      element('td', {}, percent(units / all)), element('td', {}, duration(units)));
    rows.append(row('total', total[i]), row('self', self[i]));
    if (parent[i] >= 0) {
      const of = element('tr', {}, element('td', {}, 'of caller'),
        element('td', {}, percent(total[i] / (total[parent[i]] || 1))), element('td', {}, ''));
      rows.append(of);
    }
    const notes = [moduleOf(i), inlined.has(i) ? 'inlined into its caller' : '',
      data.samples[i] + (data.samples[i] === 1 ? ' sample' : ' samples')];
    tip.replaceChildren(element('strong', {}, names[name[i]]), rows,
      element('small', {}, notes.filter((n) => n).join(' · ')));
  };
  const showTip = (x, y) => {
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(x + 14, innerWidth - box.width - 8));
    const top = y + 18 + box.height > innerHeight ? y - box.height - 12 : y + 18;
    tip.style.left = left + 'px';
    tip.style.top = Math.max(8, top) + 'px';
  };
  const frameAt = (target) => (target.id && target.id.startsWith('hf-') ? Number(target.id.slice(3)) : NaN);

  svg.addEventListener('mousemove', (event) => {
    const i = frameAt(event.target);
    if (i >= 0) {
      describe(i);
    } else if (event.target.dataset.small) {
      const n = Number(event.target.dataset.small);
      tip.replaceChildren(`${n} narrow frame${n === 1 ? '' : 's'}, ` +
        `${percent(event.target.dataset.units / all)} between them: zoom in to see them`);
    } else {
      tip.hidden = true;
      return;
    }
    showTip(event.clientX, event.clientY);
  });
  svg.addEventListener('mouseleave', () => { tip.hidden = true; });
  svg.addEventListener('blur', () => { tip.hidden = true; });

  // ---- actions
  const announce = (text) => { live.textContent = text; };
  const zoomTo = (i, back) => {
    if (i === state.zoom) return;
    if (!back) state.past.push(state.zoom);
    state.zoom = i;
    state.active = i;
    tip.hidden = true;
    draw();
    announce('Zoomed to ' + sentence(i));
  };
  const zoomOut = () => {
    if (state.zoom !== 0) zoomTo(state.past.length ? state.past.pop() : parent[state.zoom], true);
  };
  const showAll = () => {
    state.past = [];
    zoomTo(0, true);
  };
  const flip = () => {
    state.icicle = !state.icicle;
    turn.setAttribute('aria-pressed', String(!state.icicle));
    draw();
  };
  const toggleKeys = () => {
    keys.hidden = !keys.hidden;
    help.setAttribute('aria-expanded', String(!keys.hidden));
    requestAnimationFrame(draw);
  };

  const search = (text) => {
    state.hits = null;
    if (text) {
      let test;
      try {
        const expression = new RegExp(text, /[A-Z]/.test(text) ? '' : 'i');
        test = (n) => expression.test(n);
      } catch {
        test = (n) => n.includes(text);
      }
      state.hits = names.map(test);
      // The outermost matching frame of each stack: what hangs below it is in it already.
      let units = 0, frames = 0;
      for (let i = 0; i < count;) {
        if (state.hits[name[i]]) {
          units += total[i];
          frames++;
          i = end[i];
        } else {
          i++;
        }
      }
      matched.replaceChildren(element('b', {}, percent(units / all)),
        frames ? ` of ${data.of} in ${frames} place${frames === 1 ? '' : 's'}` : ': nothing matches');
    } else {
      matched.replaceChildren();
    }
    draw();
  };
  const match = (step) => {
    const hits = state.frames.filter((f) => f.i >= 0 && state.hits && state.hits[name[f.i]]);
    if (!hits.length) return;
    const at = hits.findIndex((f) => f.i === state.active);
    goTo(hits[at < 0 ? (step > 0 ? 0 : hits.length - 1) : (at + step + hits.length) % hits.length]);
  };
  const goTo = (frame) => {
    if (!frame) return;
    state.active = frame.i;
    const f = place();
    const box = scroll.getBoundingClientRect();
    if (f.y < scroll.scrollTop) scroll.scrollTop = f.y;
    if (f.y + ROW > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = f.y + ROW - scroll.clientHeight + 8;
    describe(f.i);
    showTip(box.left + f.x, box.top + f.y - scroll.scrollTop + 12);
    announce(sentence(f.i));
  };
  const beside = (step) => {
    const here = frameOf(state.active);
    const row = state.frames.filter((f) => f.i >= 0 && f.d === here.d);
    goTo(row[row.indexOf(here) + step]);
  };
  const below = () => {
    const children = state.frames.filter((f) => f.i >= 0 && parent[f.i] === state.active);
    goTo(children.sort((a, b) => b.w - a.w)[0]);
  };
  const above = () => { if (parent[state.active] >= 0) goTo(frameOf(parent[state.active])); };

  const actions = {
    ArrowRight: () => beside(1), ArrowLeft: () => beside(-1),
    ArrowDown: () => (state.icicle ? below() : above()), ArrowUp: () => (state.icicle ? above() : below()),
    Home: () => goTo(state.frames[0]), Enter: () => zoomTo(state.active), ' ': () => zoomTo(state.active),
    Backspace: zoomOut, 0: showAll, n: () => match(1), N: () => match(-1), i: flip, '?': toggleKeys,
    '/': () => input.focus(),
    Escape: () => {
      if (state.zoom !== 0) {
        zoomOut();
      } else if (state.hits) {
        input.value = '';
        search('');
      }
    },
  };
  svg.addEventListener('keydown', (event) => {
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
  // Ctrl+F searches the graph while the person is in it, else the page.
  root.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
  svg.addEventListener('click', (event) => {
    const i = frameAt(event.target);
    svg.focus({ preventScroll: true });
    if (i >= 0) zoomTo(i);
  });
  input.addEventListener('input', () => search(input.value));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      svg.focus({ preventScroll: true });
      match(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      input.value = '';
      search('');
      svg.focus({ preventScroll: true });
    }
  });
  out.addEventListener('click', zoomOut);
  reset.addEventListener('click', showAll);
  turn.addEventListener('click', flip);
  help.addEventListener('click', toggleKeys);

  for (const entry of data.legend) {
    const swatch = shape('svg', { viewBox: '0 0 14 14', 'aria-hidden': 'true' });
    swatch.append(shape('rect', { class: entry.color, width: 14, height: 14, rx: 3 }));
    legend.append(element('li', {}, swatch, `${entry.name} ${percent(entry.self / all)}`));
  }
  if (inlined.size) legend.append(element('li', {}, element('i', {}, 'italic, dashed: inlined')));
  if (data.folded_nodes) {
    legend.append(element('li', {}, `${data.folded_nodes.toLocaleString('en')} frames under ${percent(data.min_share)} left out`));
  }

  let width = 0;
  new ResizeObserver(() => {
    if (scroll.clientWidth === width) return;
    width = scroll.clientWidth;
    draw();
  }).observe(scroll);
  width = scroll.clientWidth;
  draw();
  return { zoomTo, search, state, input, svg };
}
