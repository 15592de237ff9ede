// A recording that is dropped anywhere on the page is opened.

import { useEffect, useState } from "preact/hooks";
import { useApp } from "../widgets/app_context";

export function useDrop(onAdded: () => void): boolean {
  const app = useApp();
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const holdsFiles = (event: DragEvent): boolean =>
      event.dataTransfer?.types.includes("Files") ?? false;
    const onOver = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setIsOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setIsOver(false);
      const file = event.dataTransfer?.files[0];
      if (file === undefined) return;
      app.say(`Reading ${file.name}`);
      void app.client
        .post<{ id: string }>("recordings", { name: file.name }, file, new AbortController().signal)
        .then((answer) => {
          if (!answer.ok) {
            app.say(answer.error.message);
            return;
          }
          onAdded();
          app.store.set({ a: answer.value.id, b: null, range: null, threads: [], view: null });
        });
    };
    window.addEventListener("dragover", onOver);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
    };
  }, []);
  return isOver;
}
