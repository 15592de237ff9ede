import { Skeleton } from "../../widgets/states";

export default function OverviewPage() {
  return <Skeleton says="Overview" />;
}
