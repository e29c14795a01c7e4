"""What a method or study is called in a sentence."""

from __future__ import annotations

#: Methods as their papers write them.
_METHODS = {
    "GradCam": "Grad-CAM", "GradCamPlusPlus": "Grad-CAM++", "ScoreCam": "Score-CAM", "Shap": "SHAP",
    "DeepShap": "Deep SHAP", "GradientShap": "Gradient SHAP", "Lime": "LIME", "Rise": "RISE", "Tcav": "TCAV",
    "SmoothGrad": "SmoothGrad", "ShapSummary": "SHAP summary", "ShapDependence": "SHAP dependence",
    "ShapInteraction": "SHAP interaction", "GuidedBackprop": "Guided backpropagation",
    "SpectralRelevance": "Spectral relevance analysis",
}  # fmt: skip


def called(kind: str) -> str:
    """A method or study as one reads it: `IntegratedGradients` is “Integrated gradients”."""
    if kind in _METHODS:
        return _METHODS[kind]
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    return spaced[:1].upper() + spaced[1:]
