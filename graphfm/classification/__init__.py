"""Classes of nodes with no model: texts of classes, propagation, the label-free decision, refinement."""
