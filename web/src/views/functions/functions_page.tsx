import { Skeleton } from "../../widgets/states";

export default function FunctionsPage() {
  return <Skeleton says="Functions" />;
}
