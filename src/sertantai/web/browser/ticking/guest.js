// Somebody who ticks without having signed in becomes a guest: at the first tick, not by looking.

import { post, renewToken } from "../http.js";

/** Gives the guest's id. The server keeps what is ticked from here on, for this browser. */
export async function becomeGuest() {
  const { data } = await post("/guest", {});
  await renewToken();
  return data.user_id;
}
