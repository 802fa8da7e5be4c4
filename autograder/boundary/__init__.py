"""The boundary between a student's process and the examiner's.

Solution cells run in one process, test cells in another. A name that the student
defined is a stand-in in the examiner's: to call it is to send a message, and what goes
over is numbers, text, containers and tensors, as JSON and safetensors, never pickle and
never code. Each end keeps its own objects; the other end refers to them by number.
"""
