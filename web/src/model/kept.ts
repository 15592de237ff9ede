// What a person chose, kept by the browser. Every run of `hone view` has a port of its own: local
// storage knows ports and would forget, cookies do not. A report on disk has no cookies.

const secondsKept = 400 * 24 * 3_600; // browsers permit no more
const cookieBytesMax = 3_800; // of 4,096, with its name

export interface Kept {
  // null: nothing is kept, or may be.
  read(name: string): string | null;
  // null: is kept no more.
  write(name: string, text: string | null): void;
}

// What of a browser's window it needs.
export interface KeptPlace {
  readonly location: { readonly protocol: string };
  readonly document: { cookie: string };
  readonly localStorage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function cookies(place: KeptPlace): Kept {
  return {
    read(name) {
      const all = place.document.cookie.split("; ");
      const found = all.find((one) => one.startsWith(`${name}=`));
      return found === undefined ? null : decoded(found.slice(name.length + 1));
    },
    write(name, text) {
      const value = encodeURIComponent(text ?? "");
      if (value.length > cookieBytesMax) return;
      const age = text === null ? 0 : secondsKept;
      place.document.cookie = `${name}=${value}; Path=/; SameSite=Strict; Max-Age=${age}`;
    },
  };
}

function storage(place: KeptPlace): Kept {
  return {
    read: (name) => place.localStorage.getItem(name),
    write(name, text) {
      if (text === null) place.localStorage.removeItem(name);
      else place.localStorage.setItem(name, text);
    },
  };
}

export function createKept(place: KeptPlace): Kept {
  const kept = place.location.protocol === "file:" ? storage(place) : cookies(place);
  // Both throw where a page may keep nothing: what is chosen holds until it is closed.
  return {
    read(name) {
      try {
        return kept.read(name);
      } catch {
        return null;
      }
    },
    write(name, text) {
      try {
        kept.write(name, text);
      } catch {
        return;
      }
    },
  };
}
