"""What all tests share: threads that sleep while they wait, as the app's own workers have them.

Set before torch is imported, which reads it once. With threads that spin, the tests that train took ten times as long
on a computer that does something else besides.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
