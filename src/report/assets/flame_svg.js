'use strict';

// In an SVG file of its own the graph fills the window: an HTML part takes the place of the drawing
// that viewers without scripts show.
(() => {
  const XHTML = 'http://www.w3.org/1999/xhtml';
  const file = document.documentElement;
  const data = JSON.parse(document.getElementById('hone-flame').textContent);
  const page = document.createElementNS(XHTML, 'div');
  page.setAttribute('class', 'hf-page');
  const part = document.createElementNS('http://www.w3.org/2000/svg', 'foreignObject');
  part.setAttribute('width', '100%');
  part.setAttribute('height', '100%');
  part.append(page);
  document.getElementById('hone-static').remove();
  file.removeAttribute('viewBox');
  file.setAttribute('width', '100%');
  file.setAttribute('height', '100%');
  file.removeAttribute('role');
  file.append(part);
  const flame = honeFlame(page, data);
  const text = (tag, name, words) => {
    const made = document.createElementNS(XHTML, tag);
    made.setAttribute('class', name);
    made.textContent = words;
    return made;
  };
  page.firstChild.prepend(text('h1', 'hf-title', data.title), text('p', 'hf-facts', data.facts));
  // The file is nothing but the graph: its keys work wherever the focus is.
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
      event.preventDefault();
      flame.input.focus();
      flame.input.select();
    } else if (event.target === document.documentElement || event.target === document.body) {
      flame.svg.focus();
      flame.svg.dispatchEvent(new KeyboardEvent('keydown', { key: event.key }));
    }
  });
  flame.svg.focus({ preventScroll: true });
})();
