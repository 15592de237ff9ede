import { Skeleton } from "../../widgets/states";

export default function SystemPage() {
  return <Skeleton says="System" />;
}
