import { Skeleton } from "../../widgets/states";

export default function SqlPage() {
  return <Skeleton says="Sql" />;
}
