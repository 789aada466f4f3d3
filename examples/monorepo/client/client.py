import subprocess
import sys

from base.wire.wire import BYE

answer = subprocess.run([sys.argv[1], f"message {BYE}"], capture_output=True, text=True)
print("the server says", answer.stdout.strip())
