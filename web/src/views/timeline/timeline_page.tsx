import { Skeleton } from "../../widgets/states";

export default function TimelinePage() {
  return <Skeleton says="Timeline" />;
}
