; Edit the selected part of a layer by two texts, and give back the new layer.
; For GIMP's Script-Fu console, or gimp-console --batch.

(define (flexit-example image layer source target)
  (car (plug-in-flexit-edit
        #:run-mode RUN-NONINTERACTIVE
        #:image image
        #:drawables (vector layer)
        #:source source
        #:target target
        #:seed 7)))
