// Reads a trace by the trace engine of Chrome's DevTools; prints what it understood as JSON.
//   node devtools.mjs ENGINE_FOLDER FILE
import fs from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const [folder, file] = process.argv.slice(2);
globalThis.DOMRect ??= class DOMRect {
  constructor(x = 0, y = 0, width = 0, height = 0) {
    Object.assign(this, {x, y, width, height});
  }
  static fromRect({x, y, width, height}) { return new DOMRect(x, y, width, height); }
};
const complaints = [];
for (const how of ['error', 'warn']) console[how] = (...words) => complaints.push(words.join(' '));

const engine = pathToFileURL(path.join(folder, 'models/trace/trace.js')).href;
const Trace = await import(engine);
const {traceEvents} = JSON.parse(fs.readFileSync(file, 'utf8'));
const processor = Trace.Processor.TraceProcessor.createWithAllHandlers();
await processor.parse(traceEvents, {});
const data = processor.data ?? processor.parsedTrace;

// Spans as the engine nests them: each with what the engine takes for its parent.
const spans = {};
const see = (name, us) => {
  const sum = spans[name] ??= {count: 0, total_us: 0, depth_most: 0, self_us: 0};
  sum.count += 1;
  sum.total_us += us;
  return sum;
};
const byThread = new Map();
for (const event of traceEvents) {
  if (event.ph !== 'X') continue;
  const key = `${event.pid}:${event.tid}`;
  if (!byThread.has(key)) byThread.set(key, []);
  byThread.get(key).push(event);
}
for (const events of byThread.values()) {
  Trace.Helpers.Trace.sortTraceEventsInPlace(events);
  const {tree, entryToNode} =
      Trace.Helpers.TreeHelpers.treify(events, {filter: {has: () => true}});
  const walk = (node, depth) => {
    const sum = see(node.entry.name, node.entry.dur);
    sum.depth_most = Math.max(sum.depth_most, depth);
    sum.self_us += node.entry.dur - node.children.reduce((all, one) => all + one.entry.dur, 0);
    for (const child of node.children) walk(child, depth + 1);
  };
  for (const root of tree.roots) walk(root, 0);
  if (entryToNode.size !== events.length) complaints.push('spans are in no tree');
}

const asyncSpans = Trace.Helpers.Trace.createMatchedSortedSyntheticEvents(
    traceEvents.filter(event => event.ph === 'b' || event.ph === 'e'));
const flows = data.Flows?.flows?.length ?? 0;
const threads = {};
for (const [, profiles] of data.Samples.profilesInProcess) {
  for (const [tid, profile] of profiles) {
    threads[tid] = {samples: profile.parsedProfile.samples.length,
                    functions: [...new Set(profile.rawProfile.nodes.map(
                        node => node.callFrame.functionName))]};
  }
}
const names = {};
for (const event of traceEvents) {
  if (event.ph === 'M' && event.name === 'thread_name') names[event.tid] = event.args.name;
}
console.log(JSON.stringify({
  spans, flows, threads, names, complaints,
  async: asyncSpans.map(one => ({name: one.name, us: one.dur})),
}));
