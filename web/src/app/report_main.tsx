// The pages of a report file: the same, with answers out of the file.

import { render } from "preact";
import "./theme.css";
import "./frame.css";
import "./parts.css";
import { archiveOf } from "../engine/archive";
import { reportTransport } from "../engine/report_transport";
import { startApp } from "./start";

async function startReport(place: HTMLElement): Promise<void> {
  const data = document.getElementById("answers");
  try {
    const archive = await archiveOf(data?.textContent ?? "");
    const transport = reportTransport(archive, data?.dataset["recording"] ?? "FILE");
    data?.remove(); // what is unpacked need not be kept twice
    render(startApp(transport), place);
  } catch (error) {
    place.textContent = `This report cannot be read: ${String(error)}. It may have been cut on its way.`;
  }
}

const place = document.getElementById("app");
if (place) void startReport(place);
