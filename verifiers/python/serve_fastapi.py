import os

import uvicorn

uvicorn.run("fastapi_pyjwt:app", host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error")
