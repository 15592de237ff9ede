import { Skeleton } from "../../widgets/states";

export default function FlamePage() {
  return <Skeleton says="Flame" />;
}
