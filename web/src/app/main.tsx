import { render } from "preact";
import "./theme.css";
import "./frame.css";
import "./parts.css";
import { serverTransport } from "../engine/transport";
import { startApp } from "./start";

// The token has done its work when the page is there: the cookie carries on.
const address = new URL(location.href);
if (address.searchParams.has("token")) {
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
}

const place = document.getElementById("app");
if (place) render(startApp(serverTransport()), place);
