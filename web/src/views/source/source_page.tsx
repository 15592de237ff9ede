import { Skeleton } from "../../widgets/states";

export default function SourcePage() {
  return <Skeleton says="Source" />;
}
