// The least that a function of Node can be: an echo.

import { serve } from "./runtime.js";

serve(async (event) => ({ statusCode: 200, body: event.body ?? "" }));
