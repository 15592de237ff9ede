export function SpanTable() {
  return null;
}
