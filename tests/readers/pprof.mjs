// Reads a profile of pprof's format by npm's pprof-format; prints what it understood as JSON.
//   node pprof.mjs MODULE_FOLDER FILE
import fs from 'node:fs';
import {createRequire} from 'node:module';
import zlib from 'node:zlib';

const [folder, file] = process.argv.slice(2);
const {Profile} = createRequire(import.meta.url)(folder);
const profile = Profile.decode(zlib.gunzipSync(fs.readFileSync(file)));
const text = (index) => profile.stringTable.strings[Number(index)];
const byId = (rows) => new Map(rows.map((row) => [Number(row.id), row]));
const functions = byId(profile.function);
const locations = byId(profile.location);
const mappings = byId(profile.mapping);

const types = profile.sampleType.map((each) => `${text(each.type)}/${text(each.unit)}`);
const totals = types.map(() => 0n);
const self = {};
const threads = new Set();
let inlined = 0;
for (const sample of profile.sample) {
  sample.value.forEach((value, i) => { totals[i] += BigInt(value); });
  // The innermost is first, in a sample and in a location; every id has to be there.
  const stack = sample.locationId.map((id) => locations.get(Number(id)));
  for (const location of stack) {
    mappings.get(Number(location.mappingId)).id;
    if (location.line.length > 1) inlined += 1;
  }
  const leaf = stack.length === 0 ? '(no stack)'
      : text(functions.get(Number(stack[0].line[0].functionId)).name);
  self[leaf] = (self[leaf] ?? 0) + Number(sample.value[1]);
  for (const label of sample.label) {
    if (text(label.key) === 'thread') threads.add(text(label.str));
  }
}
console.log(JSON.stringify({
  types, totals: totals.map(String), self, inlined, threads: [...threads],
  default: text(profile.defaultSampleType), period: String(profile.period),
  modules: profile.mapping.map((each) => [text(each.filename), text(each.buildId)]),
  first_text: text(0),
}));
